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
    const compiled = patterns.map(compile);
    return (file) => {
        const names = file.split("/").map((name) => Array.from(name));
        return compiled.some((parts) => matchesSequence(parts, names, matchesName));
    };
}

/** Matches any number of items of a sequence. */
const ANY = Symbol("any");
const ONE_CHARACTER = "?";

/** The pattern of one name, character by character. */
type NamePattern = (string | typeof ANY)[];

/** The pattern in parts. The last one also matches what a folder contains. */
function compile(pattern: string): (NamePattern | typeof ANY)[] {
    const parts = pattern.replace(/\/$/, "").split("/");
    // At the end, `**` does not match the folder itself.
    const named = parts.map((part, i) => (part === "**" && i < parts.length - 1 ? ANY : compileName(part)));
    return [...named, ANY];
}

const compileName = (part: string): NamePattern =>
    Array.from(part, (character) => (character === "*" ? ANY : character));

const matchesName = (pattern: NamePattern, name: string[]): boolean =>
    matchesSequence(pattern, name, (expected, character) => expected === ONE_CHARACTER || expected === character);

/**
 * Whether a pattern matches all items. After a mismatch, only the last `ANY` that matched takes another item, so the number
 * of comparisons is at most the product of both lengths.
 */
function matchesSequence<Part, Item>(
    pattern: (Part | typeof ANY)[],
    items: Item[],
    matchesOne: (part: Part, item: Item) => boolean,
): boolean {
    let at = 0;
    let afterAny: number | undefined;
    let retryFrom = 0;
    for (let i = 0; i < items.length;) {
        const part = pattern[at];
        if (part === ANY) {
            afterAny = ++at;
            retryFrom = i;
        } else if (at < pattern.length && matchesOne(part as Part, items[i] as Item)) {
            at++;
            i++;
        } else if (afterAny !== undefined) {
            at = afterAny;
            i = ++retryFrom;
        } else return false;
    }
    return pattern.slice(at).every((part) => part === ANY);
}
