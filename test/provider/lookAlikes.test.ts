/** Characters in paths that look like others: found where they are probably mistakes, and only there. */
import { expect, it } from "vitest";
import { lookAlikeIn, pathWarnings } from "../../provider/handlers/support/lookAlikes";

it.each([
    ["/home\uff0fwork", '"\uff0f" (U+FF0F) instead of "/"'],
    ["\\home\\work", '"\\" (U+005C) instead of "/"'],
    ["/home/w\u043erk", '"\u043e" (U+043E) instead of "o"'],
    ["/home/\u0391gent", '"\u0391" (U+0391) instead of "A"'],
    ["/home/v\uff11", '"\uff11" (U+FF11) instead of "1"'],
    ["/home/my\u00a0files", '"\u00a0" (U+00A0) instead of " "'],
    ["/home/node\u2011modules", '"\u2011" (U+2011) instead of "-"'],
    ["/\uff48\uff4f\uff4d\uff45/work", '"\uff48" (U+FF48) instead of "h"'],
    ["/home/work\u200b", "the invisible character U+200B"],
    ["/home/work\n", "the invisible character U+000A"],
    ["\ufeff/home/work", "the invisible character U+FEFF"],
])("finds the look-alike in %j", (path, found) => {
    expect(lookAlikeIn(path)).toBe(found);
});

it.each([
    "/home/work/a b-c_d.e~f",
    "/home/\u65e5\u672c\u8a9e",
    // A Japanese name with full-width digits and parentheses.
    "/home/\u30c7\u30fc\u30bf\uff08\uff11\uff09.csv",
    "/home/\u043e\u0442\u0447\u0451\u0442_v2",
    "/home/\u03b1\u03c1\u03c7\u03b5\u03af\u03bf",
    "/home/\u0394t/caf\u00e9",
    // A Persian name with the joiner that its spelling requires, and an emoji of several characters.
    "/home/\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "/home/\ud83d\udc68\u200d\ud83d\udc69",
])("finds none in %j", (path) => {
    expect(lookAlikeIn(path)).toBeUndefined();
});

it("looks only for what a path is mistaken for: letters that touch others, not those that touch emoji", () => {
    expect(lookAlikeIn("/home/\u0430\ud83d\ude00")).toBeUndefined();
    expect(lookAlikeIn("/home/\ufb01le")).toBeUndefined();
});

it("warns about a known path that contains one", () => {
    const subject = 'Session "dev"';
    expect(pathWarnings(subject, "path", "/home/w\u043erk")).toEqual([
        'Session "dev": path "/home/w\u043erk" contains "\u043e" (U+043E) instead of "o". Correct it, unless you mean this character.',
    ]);
    expect(pathWarnings(subject, "path", "/home/work")).toEqual([]);
    expect(pathWarnings(subject, "path", undefined)).toEqual([]);
    expect(pathWarnings(subject, "path", ["\uff0f"])).toEqual([]);
});
