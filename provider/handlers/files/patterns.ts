/** Patterns that name files and folders below a folder. Provider processes load no matcher for the three wildcards that are enough. */

/** Why that is no pattern; `undefined` when it is one. */
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
 * Whether a file, given relative to its folder and with slashes, is named by one of the patterns: itself, or a folder that it is in. `*` and `?` stay within
 * one name, `**` stands for any number of folders.
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
