/** Property paths as in `ignoreChanges` and `replaceOnChanges`: `a.b[0]["c.d"]`, with `*` as a wildcard. */

export type PropertyPath = (string | number)[];

const PART = /\.*([^.[]+)|\.*\[(?:([-+]?\d+)|(\*)|"((?:\\"|[^"])*)")\]/y;

/** Undefined if the text is not a path. Like Pulumi, accepts repeated dots, and a dot before a bracket. */
export function parsePath(text: string): PropertyPath | undefined {
    if (text.startsWith(".")) return undefined;
    const path: PropertyPath = [];
    const part = new RegExp(PART);
    while (part.lastIndex < text.length) {
        const match = part.exec(text);
        if (match === null) return undefined;
        const [, name, index, wildcard, quoted] = match;
        if (index !== undefined) path.push(Number(index));
        else path.push(name ?? wildcard ?? (quoted ?? "").replaceAll('\\"', '"'));
    }
    return path;
}

/** Whether `path` is a prefix of `other`. */
export const includesPath = (path: PropertyPath, other: PropertyPath): boolean =>
    path.length <= other.length && path.every((part, index) => part === "*" || part === other[index]);
