/** The comparison of inputs that a provider leaves to the engine, with `ignoreChanges` and `replaceOnChanges`. */
import { describe, expect, test } from "vitest";
import { changedPaths } from "../../engine/model/changedPaths";
import { ASSET, type PropertyMap, type ResourceState, SIGNATURE } from "../../engine/model/types";
import { makeSecret } from "../../engine/model/values";
import { type Diff, diffInputs, withReplaceOnChanges } from "../../engine/plan/comparison";
import type { ResourceProvider } from "../../engine/plan/provider";

const asset = (hash: string, path: string): PropertyMap => ({ [SIGNATURE]: ASSET, hash, path });

test.each<[string, PropertyMap, PropertyMap, (string | number)[][]]>([
    ["the same", { a: 1, b: [{ c: 1 }] }, { b: [{ c: 1 }], a: 1 }, []],
    ["a value", { a: 1 }, { a: 2 }, [["a"]]],
    ["an added and a removed key", { a: 1 }, { b: 1 }, [["a"], ["b"]]],
    ["a nested value", { a: { b: { c: 1, d: 1 } } }, { a: { b: { c: 2, d: 1 } } }, [["a", "b", "c"]]],
    ["an element", { a: [1, 2] }, { a: [1, 3] }, [["a", 1]]],
    ["a longer list", { a: [1] }, { a: [1, 2] }, [["a", 1]]],
    ["a shorter list", { a: [1, { b: 1 }] }, { a: [1] }, [["a", 1]]],
    ["another kind of value", { a: { b: 1 } }, { a: [1] }, [["a"]]],
    ["null instead of nothing", { a: { b: null } }, { a: {}, c: null }, []],
    ["null instead of a value", { a: 1 }, { a: null }, [["a"]]],
    ["a value that becomes secret", { a: { b: "x" } }, { a: makeSecret({ b: "x" }) }, []],
    ["a value inside a secret", { a: makeSecret({ b: "x" }) }, { a: { b: makeSecret("y") } }, [["a", "b"]]],
    ["an asset from elsewhere", { a: asset("1", "x") }, { a: asset("1", "y") }, []],
    ["another asset", { a: asset("1", "x") }, { a: asset("2", "x") }, [["a"]]],
])("the paths that differ: %s", (_, old, news, paths) => {
    expect(changedPaths(old, news)).toEqual(paths);
});

const state = (inputs: PropertyMap): ResourceState => ({ urn: "u", type: "t", custom: true, inputs });
const provider = {
    diff: () => Promise.resolve({ changes: "unknown", changedKeys: [], replaceKeys: [], deleteBeforeReplace: false }),
} as unknown as ResourceProvider;

describe("if the provider does not know whether there are changes", () => {
    const diff = (old: PropertyMap, news: PropertyMap, ignored?: string[]): Promise<Diff> =>
        diffInputs(provider, state(old), news, ignored);

    test("the inputs are compared", async () => {
        expect(await diff({ a: 1, b: { c: 1 } }, { a: 1, b: { c: 2 } })).toMatchObject({
            changes: true,
            replaces: false,
            changedKeys: ["b"],
        });
        expect(await diff({ a: 1 }, { a: 1 })).toMatchObject({ changes: false, changedKeys: [] });
    });

    test("ignored paths are not", async () => {
        expect(await diff({ a: { b: 1, c: 1 } }, { a: { b: 2, c: 1 } }, ["a.b"])).toMatchObject({ changes: false });
    });

    test.each<[string, boolean]>([
        ["a.b", true],
        ["a", true],
        ["*", true],
        ["a.*", true],
        ["a.c", false],
        ["a.b.c", false],
        ["a[0]", false],
    ])("replaceOnChanges %s replaces a resource whose a.b changes: %s", async (path, replaces) => {
        const found = await diff({ a: makeSecret({ b: 1 }) }, { a: makeSecret({ b: 2 }) });
        expect(withReplaceOnChanges(found, [path]).replaces).toBe(replaces);
        expect(withReplaceOnChanges(await diff({}, {}), [path]).replaces, "without changes").toBe(false);
    });

    test("an invalid path in replaceOnChanges is refused, because it would protect nothing", async () => {
        const found = await diff({ a: 1 }, { a: 2 });
        expect(() => withReplaceOnChanges(found, ["a["])).toThrow(
            '"a[" in replaceOnChanges is not a property path. Use a path such as tags, tags.env or rules[0].port.',
        );
    });
});
