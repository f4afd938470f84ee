/** Values between Pulumi's wire form and the form that handlers use. */
import { describe, expect, it } from "vitest";
import { deserialize, serialize } from "../../provider/dynamic/values";
import { Asset, unknown } from "../../provider/handlers/contract";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const asset = { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", path: "a.txt", hash: "aa" };
const archive = { [SIGNATURE]: "0def7320c3a5731c473e5ecbe6d01bc7", assets: { "a.txt": asset }, hash: "bb" };
const wire = {
    source: asset,
    triggers: ["04da6b54-80e4-46f7-96ec-b56ff0331ba9", { inner: [archive] }, null, 1],
};

describe("values of the wire", () => {
    it("become assets and unknowns, at any depth", () => {
        expect(deserialize(wire)).toEqual({
            source: new Asset("asset", { path: "a.txt", hash: "aa" }),
            triggers: [unknown, { inner: [new Asset("archive", { assets: { "a.txt": asset }, hash: "bb" })] }, null, 1],
        });
    });

    it("come back as they were", () => {
        expect(serialize(deserialize(wire))).toEqual(wire);
    });

    it("leave out what is undefined", () => {
        expect(Object.keys(serialize({ a: undefined, b: { c: undefined } }))).toEqual(["b"]);
    });
});
