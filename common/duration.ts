/** Parses durations as Pulumi writes them, such as `90s` or `1h2m3.5s`. */

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

const MAX_LENGTH = 100;

/** The duration in seconds; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
    // The pattern takes quadratic time for a long row of digits.
    if (text.length > MAX_LENGTH) return undefined;
    const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g)];
    if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
    return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS[unit] ?? 0), 0);
}
