/** Reads texts that may be JSON. */

/** The value of a text, or undefined if it is not JSON. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
