/** Patterns of files below a folder, with three wildcards that need no library. */

/** Why the pattern is not valid; `undefined` if it is. */
export function patternProblem(pattern: string): string | undefined {
    if (/[[\]{}!\\]/.test(pattern)) {
        return `"${pattern}" contains a character that patterns do not support: the wildcards are *, ? and **. Use several patterns instead`;
    }
    if (/^\/|(?:^|\/)\.{0,2}(?:\/|$)/.test(pattern.replace(/\/$/, ""))) {
        return `"${pattern}" must be relative to source, without "." or "..", such as "src/**/*.ts"`;
    }
    return undefined;
}

/**
 * Matches files whose path, or a folder of the path, matches one of the patterns. Paths are relative and use slashes. `*` and
 * `?` match within one name, and `**` matches any number of folders.
 */
export function matcher(patterns: string[]): (file: string) => boolean {
    const expressions = patterns.map(
        (pattern) => new RegExp(`^${pattern.replace(/\/$/, "").split("/").map(expression).join("")}(?:/|$)`, "s"),
    );
    return (file) => expressions.some((one) => one.test(file));
}

function expression(part: string, index: number, parts: string[]): string {
    const isLast = index === parts.length - 1;
    if (part === "**") return isLast ? "[^/]+" : "(?:[^/]+/)*";
    return (
        part
            .replace(/[.+^$()|]/g, "\\$&")
            .replace(/\*+/g, "[^/]*")
            .replaceAll("?", "[^/]") + (isLast ? "" : "/")
    );
}
