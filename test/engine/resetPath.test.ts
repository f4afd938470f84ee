/** `ignoreChanges` with every kind of path, at the top of the inputs and below objects, lists, wildcards and secrets. */
import { describe, expect, test } from "vitest";
import { parsePath, type PropertyPath } from "../../engine/model/propertyPath";
import { resetPath } from "../../engine/model/resetPath";
import type { PropertyMap, PropertyValue } from "../../engine/model/types";
import { makeSecret } from "../../engine/model/values";

type Mark = (value: PropertyValue) => PropertyValue;
interface Case {
    path: string;
    old: PropertyMap;
    current: PropertyMap;
    /** The result; `taken` marks what comes from the old inputs. */
    result: (taken: Mark) => PropertyMap;
    /** The path is reported as one that cannot be ignored. */
    impossible: boolean;
}

const reset = (path: string, old: PropertyMap, current: PropertyMap, result: Case["result"]): Case => ({
    ...{ path, old, current, result },
    impossible: false,
});
const unchanged = (path: string, old: PropertyMap, current: PropertyMap): Case =>
    reset(path, old, current, () => current);
const impossible = (path: string, old: PropertyMap, current: PropertyMap, result = () => current): Case => ({
    ...reset(path, old, current, result),
    impossible: true,
});
const inPart = (...parts: Parameters<typeof reset>): Case => ({ ...reset(...parts), impossible: true });

const CASES: Case[] = [
    // A whole property: the old value, whatever it is, or none.
    reset("v", { v: 1 }, { v: 2, o: 2 }, (t) => ({ v: t(1), o: 2 })),
    reset("v", { v: 1 }, {}, (t) => ({ v: t(1) })),
    reset("v", {}, { v: 2 }, () => ({})),
    unchanged("v", {}, {}),
    reset("v", { v: null }, { v: 2 }, (t) => ({ v: t(null) })),
    reset("v", { v: [1] }, { v: { a: 2 } }, (t) => ({ v: t([1]) })),
    unchanged("toString", {}, { v: 2 }),

    // A nested property. An old value that is no object has no properties.
    reset("v.a", { v: { a: 1, b: 1 } }, { v: { a: 2, b: 2 } }, (t) => ({ v: { a: t(1), b: 2 } })),
    reset("v.a", { v: { a: 1 } }, { v: {} }, (t) => ({ v: { a: t(1) } })),
    reset("v.a", { v: {} }, { v: { a: 2 } }, () => ({ v: {} })),
    reset("v.a", { v: 1 }, { v: { a: 2 } }, () => ({ v: {} })),
    reset("v.a", { v: [1] }, { v: { a: 2 } }, () => ({ v: {} })),
    reset("v.a", {}, { v: { a: 2, b: 2 } }, () => ({ v: { b: 2 } })),
    impossible("v.a", { v: { a: 1 } }, { v: 2 }),
    impossible("v.a", { v: { a: 1 } }, {}),
    unchanged("v.a", { v: {} }, { v: 2 }),
    unchanged("v.a", { v: 1 }, { v: 2 }),
    unchanged("v.a", {}, {}),

    // Deeper. A parent that only the old inputs have is not created.
    reset("v.a.b", { v: { a: { b: 1 } } }, { v: { a: { b: 2, c: 2 } } }, (t) => ({ v: { a: { b: t(1), c: 2 } } })),
    reset("v.a.b", { v: {} }, { v: { a: { b: 2 } } }, () => ({ v: { a: {} } })),
    reset("v.a.b", { v: { a: 1 } }, { v: { a: { b: 2 } } }, () => ({ v: { a: {} } })),
    impossible("v.a.b", {}, { v: { a: { b: 2 } } }),
    impossible("v.a.b", { v: 1 }, { v: { a: { b: 2 } } }),
    impossible("v.a.b", { v: { a: { b: 1 } } }, { v: {} }),
    unchanged("v.a.b", { v: 1 }, { v: 2 }),
    unchanged("v.a.b", { v: {} }, { v: {} }),

    // An element. A list keeps its length.
    reset("v[0]", { v: [1, 2] }, { v: [3, 4] }, (t) => ({ v: [t(1), 4] })),
    reset("v[1]", { v: [1, 2] }, { v: [3, 4, 5] }, (t) => ({ v: [3, t(2), 5] })),
    impossible("v[1]", { v: [1] }, { v: [3, 4] }),
    impossible("v[1]", { v: [1, 2] }, { v: [3] }),
    impossible("v[0]", { v: 1 }, { v: [3] }),
    impossible("v[0]", { v: [1] }, { v: 3 }),
    impossible("v[0]", {}, { v: [3] }),
    impossible("v[-1]", { v: [1] }, { v: [3] }),
    unchanged("v[5]", { v: [1] }, { v: [3, 4] }),
    unchanged("v[0]", { v: 1 }, { v: 2 }),
    unchanged("v[0]", { v: { a: 1 } }, { v: { a: 2 } }),

    // Below an element.
    reset("v[0].a", { v: [{ a: 1 }] }, { v: [{ a: 2, b: 2 }] }, (t) => ({ v: [{ a: t(1), b: 2 }] })),
    reset("v[0].a", { v: [{}] }, { v: [{ a: 2 }] }, () => ({ v: [{}] })),
    reset("v[0][1]", { v: [[1, 2]] }, { v: [[3, 4]] }, (t) => ({ v: [[3, t(2)]] })),
    impossible("v[0].a", { v: [] }, { v: [{ a: 2 }] }),
    impossible("v[0].a", { v: [] }, { v: [] }),
    impossible("v[0].a", { v: [{ a: 1 }] }, { v: 2 }),
    unchanged("v[0].a", { v: 1 }, { v: 2 }),

    // All elements. Where the lengths differ, those that both lists have are reset.
    reset("v[*]", { v: [1, 2] }, { v: [3, 4] }, (t) => ({ v: [t(1), t(2)] })),
    inPart("v[*]", { v: [1, 2] }, { v: [5, 6, 7] }, (t) => ({ v: [t(1), t(2), 7] })),
    inPart("v[*]", { v: [1, 2] }, { v: [5] }, (t) => ({ v: [t(1)] })),
    unchanged("v[*]", { v: 1 }, { v: [5] }),
    unchanged("v[*]", {}, { v: [5] }),
    impossible("v[*]", { v: [1] }, { v: 5 }),
    reset("v[*].a", { v: [{ a: 1 }] }, { v: [{ a: 2, b: 2 }] }, (t) => ({ v: [{ a: t(1), b: 2 }] })),
    reset("v[*].a", { v: [{}, {}] }, { v: [2, { a: 2 }] }, () => ({ v: [2, {}] })),
    inPart("v[*].a", { v: [{ a: 1 }] }, { v: [{ a: 2 }, { a: 3 }] }, (t) => ({ v: [{ a: t(1) }, { a: 3 }] })),
    impossible("v[*].a", { v: [{ a: 1 }, { a: 1 }] }, { v: [2, { a: 2 }] }),
    impossible("v[*].a", {}, { v: [{ a: 2 }] }),

    // All properties.
    reset("v.*", { v: { a: 1, b: 1 } }, { v: { b: 2, c: 2 } }, (t) => ({ v: { a: t(1), b: t(1) } })),
    reset('v["*"]', { v: { a: 1 } }, { v: { a: 2 } }, (t) => ({ v: { a: t(1) } })),
    unchanged("v.*", { v: 1 }, { v: { a: 2 } }),
    impossible("v.*", { v: { a: 1 } }, { v: 2 }),
    reset("v.*.a", { v: { x: { a: 1 } } }, { v: { x: { a: 2 }, y: { a: 2 } } }, (t) => ({
        v: { x: { a: t(1) }, y: { a: 2 } },
    })),
    impossible("v.*.a", { v: { x: { a: 1 } } }, { v: { y: { a: 2 } } }),
];

/** Where the inputs of a case are. A parent that both sides have does not change what happens below it. */
const PLACES: Record<string, { prefix: string; around: Mark; old?: Mark; current?: Mark; taken?: Mark }> = {
    "at the top": { prefix: "", around: (inner) => inner },
    "in an object": { prefix: "w.", around: (inner) => ({ w: inner, z: 1 }) },
    "in an object with a quoted name": { prefix: '["a.b"].', around: (inner) => ({ "a.b": inner }) },
    "in a list": { prefix: "w[1].", around: (inner) => ({ w: [0, inner] }) },
    "in all elements": { prefix: "w[*].", around: (inner) => ({ w: [inner] }) },
    "in all properties": { prefix: "w.*.", around: (inner) => ({ w: { k: inner } }) },
    "in a secret on both sides": {
        prefix: "w.",
        around: (inner) => ({ w: inner }),
        old: makeSecret,
        current: makeSecret,
    },
    "in a new secret": { prefix: "w.", around: (inner) => ({ w: inner }), current: makeSecret },
    "in an old secret": { prefix: "w.", around: (inner) => ({ w: inner }), old: makeSecret, taken: makeSecret },
};
const identity: Mark = (value) => value;

const generated = Object.entries(PLACES).flatMap(
    ([where, { prefix, around, old = identity, current = identity, taken = identity }]) =>
        CASES.map((each) => ({
            name: `${prefix}${each.path} ${where}: ${JSON.stringify(each.old)} and ${JSON.stringify(each.current)}`,
            path: prefix + each.path,
            olds: around(old(each.old)) as PropertyMap,
            news: around(current(each.current)) as PropertyMap,
            value: around(current(each.result(taken))),
            complete: !each.impossible,
        })),
);

test("the table is large enough", () => {
    expect(generated.length).toBeGreaterThan(500);
    expect(new Set(generated.map(({ name }) => name)).size).toBe(generated.length);
});

describe("a path is reset", () => {
    test.each(generated)("$name", ({ path, olds, news, value, complete }) => {
        const before = structuredClone({ olds, news });
        expect(resetPath(parsePath(path) as PropertyPath, olds, news)).toEqual({ value, complete });
        expect({ olds, news }, "neither side is modified").toEqual(before);
    });
});

test("a secret at the end of a path is taken as it is, and never put into another secret", () => {
    const pw = makeSecret("1");
    const path = ["cfg", "pw"];
    expect(resetPath(path, { cfg: { pw } }, { cfg: { pw: "2" } }).value).toEqual({ cfg: { pw } });
    expect(resetPath(path, { cfg: { pw } }, { cfg: makeSecret({ pw: "2" }) }).value).toEqual({
        cfg: makeSecret({ pw: "1" }),
    });
    expect(resetPath(path, { cfg: makeSecret({ pw: "1" }) }, { cfg: { pw } }).value).toEqual({ cfg: { pw } });
});

test("an empty path cannot be ignored", () => {
    expect(resetPath([], { a: 1 }, { a: 2 })).toEqual({ value: { a: 2 }, complete: false });
});

test.each<[string, PropertyPath | undefined]>([
    ["", []],
    ["root", ["root"]],
    ["root.nested", ["root", "nested"]],
    ['root["nested"]', ["root", "nested"]],
    ['root["double"].nest', ["root", "double", "nest"]],
    ["root.array[100].nested[0][1]", ["root", "array", 100, "nested", 0, 1]],
    ['root["key with \\"escaped\\" quotes"]', ["root", 'key with "escaped" quotes']],
    ['root["a\\\\b"]', ["root", "a\\\\b"]],
    ['["root key with a ."][100]', ["root key with a .", 100]],
    ["root.array[*].field", ["root", "array", "*", "field"]],
    ['root.array["*"].field', ["root", "array", "*", "field"]],
    ["root.*", ["root", "*"]],
    ["foo-bar", ["foo-bar"]],
    ["a]b", ["a]b"]],
    ["a..b", ["a", "b"]],
    ["a.[0]", ["a", 0]],
    ["a[-1]", ["a", -1]],
    [".a", undefined],
    ["a.", undefined],
    ["a[", undefined],
    ["a[]", undefined],
    ["a[b]", undefined],
    ['a["b]', undefined],
    ['a["b"', undefined],
])("%s is parsed", (text, path) => {
    expect(parsePath(text)).toEqual(path);
});
