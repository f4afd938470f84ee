/** Characters in paths that look like others, or are invisible. Input methods, copied texts and paths of Windows contain them. */
import type { Failure } from "../contract";
import { isWritablePath } from "./paths";

const SLASHES = "\\\uff0f\u2044\u2215\u29f8";
/** Cyrillic letters, Greek letters and hyphens, each with the character that it looks like. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
    ...Array.from(SLASHES, (slash): [string, string] => [slash, "/"]),
    ...pairs("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb", "aeopcyxijsdh"),
    ...pairs("\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405", "ABEKMHOPCTXIJS"),
    ...pairs(
        "\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
        "ovABEZHIKMNOPTYX",
    ),
    ...pairs("\u2010\u2011\u2212", "---"),
]);
/** Printable ASCII, except a backslash. */
const USUAL = /^[ -[\]-~]*$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function pairs(unusual: string, usual: string): [string, string][] {
    return Array.from(unusual, (character, i) => [character, usual[i] ?? ""]);
}

/** Describes the first character of a path that is probably a mistake. Texts in other alphabets are none. */
export function lookAlikeIn(path: string): string | undefined {
    if (USUAL.test(path)) return undefined;
    const characters = Array.from(path);
    const wasMeantAsWritable = !isWritablePath(path) && isWritablePath(characters.map(asciiOf).join(""));
    const i = characters.findIndex((character, at) => {
        if (asciiOf(character) === character) return false;
        const isAmongAscii = [characters[at - 1], characters[at + 1]].some((next) => /^[a-z0-9]$/i.test(next ?? ""));
        return SLASHES.includes(character) || isAmongAscii || wasMeantAsWritable;
    });
    const found = characters[i];
    if (found === undefined) return undefined;
    const codePoint = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    const meant = asciiOf(found);
    return meant === "" ? `the invisible character ${codePoint}` : `"${found}" (${codePoint}) instead of "${meant}"`;
}

/** The character that another one looks like, empty if it is invisible, or the character itself. */
function asciiOf(character: string): string {
    if (INVISIBLE.test(character)) return "";
    const compatible = character.normalize("NFKC");
    return LOOK_ALIKES.get(character) ?? (/^[ -~]$/.test(compatible) ? compatible : character);
}

/** A failure of a path. Look-alikes are often the reason for one. */
export function pathFailure(property: string, path: string, reason: string): Failure {
    const found = lookAlikeIn(path);
    return { property, reason: `"${path}" ${reason}${found === undefined ? "" : `; it contains ${found}`}` };
}

/** A warning about a valid path, if it contains a look-alike. Unknown paths have none. */
export function pathWarnings(subject: string, property: string, path: unknown): string[] {
    const found = typeof path === "string" ? lookAlikeIn(path) : undefined;
    return found === undefined
        ? []
        : [
              `${subject}: ${property} ${JSON.stringify(path)} contains ${found}. Correct it, unless you mean this character.`,
          ];
}
