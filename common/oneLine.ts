/** Text from other sources, made fit for a message of one line. */
import { stripVTControlCharacters } from "node:util";

/** Replaces line breaks and control characters with spaces, and cuts the text after `maxLength` characters. */
export function oneLine(text: string, maxLength: number): string {
    // Only the beginning is looked at, because the text may be megabytes long.
    const line = stripVTControlCharacters(text.slice(0, 10 * maxLength))
        .replace(/[\s\p{Cc}\p{Bidi_Control}]+/gu, " ")
        .trim();
    if (line.length <= maxLength) return line;
    // A cut between the two halves of a character would leave an invalid one.
    return `${line.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
