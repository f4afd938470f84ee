/** How values with assets are compared with those of a stored state. */
import { expect, it } from "vitest";
import { toComparable } from "../../provider/handlers/files/assets";
import { sha256, storedAsset, stringAsset } from "../support/assets";

const asStored = (text: string) => storedAsset(sha256(text));

it("an asset equals what a state has of it, at any depth", () => {
    const nested = (leaf: (text: string) => unknown) => ({
        list: [leaf("a"), { deep: leaf("b") }],
        plain: 1,
        none: null,
    });
    expect(toComparable(nested(stringAsset))).toEqual(toComparable(nested(asStored)));
    expect(toComparable(nested(stringAsset))).not.toEqual(toComparable(nested(() => asStored("c"))));
});

it.each([[[1]], [{ 0: 1 }], [null], [{}], [[]], ["text"], [{ a: { b: [null, true] } }]])(
    "a value without assets stays as it is: %j",
    (value) => {
        expect(toComparable(value)).toStrictEqual(value);
    },
);
