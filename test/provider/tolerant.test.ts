/** Values of AGB's answers in every form in which it may send them. */
import { describe, expect, it } from "vitest";
import { epoch, flag, json, listOf, number, requiredText, text } from "../../provider/agb/tolerant";
import { anyEnvelopeSchema, contextFilesSchema, isFolder, toolListSchema } from "../../provider/agb/wire";

describe("a number", () => {
    it.each([
        [7, 7],
        [0, 0],
        ["7", 7],
        [" 7 ", 7],
        ["1e3", 1000],
        ["", undefined],
        [" ", undefined],
        ["seven", undefined],
        [Infinity, undefined],
        ["Infinity", undefined],
        [NaN, undefined],
        [true, undefined],
        [null, undefined],
        [undefined, undefined],
    ])("%j is read as %j", (value, expected) => expect(number.parse(value)).toBe(expected));
});

describe("a time", () => {
    it.each([
        [1_700_000_000, 1_700_000_000],
        ["1700000000", 1_700_000_000],
        ["2026-01-01T00:00:00Z", Date.UTC(2026, 0)],
        [-5, 0],
        ["some day", 0],
        [undefined, 0],
    ])("%j is read as %j", (value, expected) => expect(epoch.parse(value)).toBe(expected));
});

describe("text and truth values", () => {
    it("may be of another type", () => {
        expect([text.parse("a"), text.parse(7), text.parse(true)]).toEqual(["a", "7", undefined]);
        expect([true, "True", "FALSE", "yes", "untrue", 1].map((value) => flag.parse(value))).toEqual([
            true,
            true,
            false,
            undefined,
            undefined,
            undefined,
        ]);
    });
});

describe("a list", () => {
    it("that is missing is empty, and entries of other kinds are skipped", () => {
        const texts = listOf(requiredText);
        expect(texts.parse(undefined)).toEqual([]);
        expect(texts.parse(null)).toEqual([]);
        expect(texts.parse(["a", {}, 7])).toEqual(["a", "7"]);
    });

    it("of files counts the entries that cannot be read", () => {
        expect(contextFilesSchema.parse(null)).toEqual({ files: [], length: 0 });
        expect(contextFilesSchema.parse(undefined)).toEqual({ files: [], length: 0 });
        expect(contextFilesSchema.parse([{ filePath: "/a" }, {}])).toMatchObject({
            files: [{ filePath: "/a" }],
            length: 2,
        });
    });

    it("of tools may be missing", () => {
        expect(toolListSchema.parse(undefined)).toEqual([]);
        expect(toolListSchema.parse('[{"name":"shell"}]')).toEqual([{ name: "shell" }]);
    });

    it("in JSON text or not is the same", () => {
        const list = json(listOf(text));
        expect(list.parse('["a"]')).toEqual(["a"]);
        expect(list.parse(["a"])).toEqual(["a"]);
        expect(list.parse(" ")).toBeUndefined();
        expect(list.safeParse("[a").success).toBe(false);
    });
});

it.each([
    ["FOLDER", true],
    ["dir", true],
    ["Directory", true],
    ["FILE", false],
    ["dirty", false],
    ["a folder", false],
    [undefined, false],
])("an entry of the type %j is a folder: %j", (fileType, expected) => {
    expect(isFolder({ filePath: "/a", fileType } as Parameters<typeof isFolder>[0])).toBe(expected);
});

describe("an envelope", () => {
    it("may be wrapped in a body, with capitalized keys", () => {
        expect(anyEnvelopeSchema.parse({ body: { Success: true, RequestId: "r" } })).toMatchObject({
            success: true,
            requestId: "r",
        });
    });

    it("is not unwrapped if its body is something else", () => {
        expect(anyEnvelopeSchema.parse({ success: true, body: { size: 1 } })).toMatchObject({ success: true });
    });
});
