/** Prints results to standard output. */
import { alignColumns } from "../common/columns";

export function printJson(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Prints rows of cells in aligned columns. */
export function printTable(rows: string[][], indent = ""): void {
    process.stdout.write(
        alignColumns(rows)
            .map((line) => `${indent}${line}\n`)
            .join(""),
    );
}
