/** Plain-text tables. */

/** Formats each row as a line. Every cell but the last is padded to the width of its column, and followed by two spaces. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
    const widths: number[] = [];
    for (const row of rows) {
        for (const [column, cell] of row.entries()) {
            widths[column] = Math.max(widths[column] ?? 0, cell.length);
        }
    }
    return rows.map((row) =>
        row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2))).join(""),
    );
}
