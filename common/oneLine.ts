/** Text from other sources, made fit for a message of one line. */

/** Replaces line breaks and control characters with spaces, and cuts the text after `maxLength` characters. */
export function oneLine(text: string, maxLength: number): string {
    const line = text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
    return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`;
}
