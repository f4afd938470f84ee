/** The validation that all handlers share. */
import { describe, expect, it } from "vitest";
import { output } from "@pulumi/pulumi";
import { z } from "zod";
import { Asset, unknown } from "../../provider/handlers/contract";
import { checkInputs, commonInputs } from "../../provider/handlers/support/inputs";
import { parseDuration } from "../../common/duration";
import { nearestWord } from "../../common/nearestWord";
import { foldersAbove, isNormalizedAbsolute, trimTrailingSlash } from "../../provider/handlers/support/paths";
import { cpuMs } from "../support/cpuTime";

const reasons = (schema: z.ZodObject, news: Record<string, unknown>) =>
    checkInputs(schema, news).failures.map(({ property, reason }) => `${property} ${reason}`);

describe("checkInputs", () => {
    it("builds its schemas once for each schema, and a tolerant one only for inputs that need it", () => {
        const schema = z.object({ name: z.string() });
        const { shape } = schema;
        let builds = 0;
        Object.defineProperty(schema, "shape", {
            get: () => {
                builds++;
                return shape;
            },
        });
        for (const name of ["a", "b", "c"]) expect(checkInputs(schema, { name }).inputs).toEqual({ name });
        expect(builds).toBe(1);
        for (const name of [unknown, unknown]) expect(checkInputs(schema, { name }).inputs).toEqual({ name });
        expect(checkInputs(schema, { name: 1 }).failures).toHaveLength(1);
        expect(builds).toBe(2);
        expect(checkInputs(z.object({ name: z.number() }), { name: 1 }).failures).toEqual([]);
    });

    it("rejects a custom timeout that is not a duration", () => {
        const timeouts = (create: string) => reasons(z.object(commonInputs), { __timeouts: { create } });
        for (const duration of ["5m", "90s", "1h30m", "1.5h", "300ms"]) expect(timeouts(duration)).toEqual([]);
        for (const text of ["5 minutes", "5", "", "m", "-5m", "1e3s"]) {
            expect(timeouts(text)).toEqual([
                `customTimeouts.create ${JSON.stringify(text)} is not a duration; write it as "5m", "90s" or "1h30m"`,
            ]);
        }
    });

    it("names the expected and the given type in the words of users", () => {
        const schema = z.object({
            text: z.string(),
            flag: z.boolean(),
            seconds: z.int().min(1).max(60),
            texts: z.array(z.string()),
            labels: z.record(z.string(), z.string()),
        });
        const given = { text: "", flag: true, seconds: 1, texts: [], labels: {} };
        const reasonOf = (key: string, value: unknown) => reasons(schema, { ...given, [key]: value });
        expect(reasonOf("text", 1)).toEqual(["text must be a string, not a number"]);
        expect(reasonOf("text", NaN)).toEqual(["text must be a string, not NaN"]);
        expect(reasonOf("flag", "true")).toEqual(["flag must be a boolean, not a string"]);
        expect(reasonOf("seconds", "5m")).toEqual(["seconds must be a number, not a string"]);
        expect(reasonOf("seconds", 1.5)).toEqual(["seconds must be a whole number"]);
        for (const number of [NaN, Infinity, -Infinity]) {
            expect(reasonOf("seconds", number)).toEqual([`seconds must be a number, not ${number}`]);
        }
        expect(reasonOf("seconds", 0)).toEqual(["seconds must be at least 1"]);
        expect(reasonOf("seconds", 61)).toEqual(["seconds must be at most 60"]);
        expect(reasonOf("texts", {})).toEqual(["texts must be a list, not an object"]);
        expect(reasonOf("texts", [null])).toEqual(["texts[0] must be a string, not null"]);
        expect(reasonOf("labels", [])).toEqual(["labels must be an object, not a list"]);
        expect(reasonOf("labels", undefined)).toEqual(["labels is required"]);
    });

    it("suggests the input that a misspelt one may mean, and never an internal one", () => {
        const schema = z.object({ region: z.string().optional(), ...commonInputs });
        expect(reasons(schema, { Region: "a" })).toEqual(['Region is not a known input; did you mean "region"?']);
        expect(reasons(schema, { regoin: "a" })).toEqual(['regoin is not a known input; did you mean "region"?']);
        expect(reasons(schema, { colour: "a", _origin: "b" })).toEqual([
            'colour is not a known input; use "region"',
            '_origin is not a known input; use "region"',
        ]);
    });

    it("says of a misspelt input in the Python spelling what it means, and not that the input is missing", () => {
        const mount = z.object({
            contextId: z.string(),
            path: z.string(),
            policy: z.object({ autoUpload: z.boolean() }),
        });
        const schema = z.object({ contextSyncs: z.array(mount) });
        const mountReasons = (given: object) => reasons(schema, { contextSyncs: [given] });
        expect(mountReasons({ context_id: "c", path: "/home/a", policy: { auto_upload: true } })).toEqual([
            'contextSyncs[0].policy.auto_upload is not a known input; did you mean "autoUpload"?',
            'contextSyncs[0].context_id is not a known input; did you mean "contextId"?',
        ]);
        // The right one is there too, and wrong.
        expect(mountReasons({ context_id: "c", contextId: 1, policy: { autoUpload: true } })).toEqual([
            "contextSyncs[0].contextId must be a string, not a number",
            "contextSyncs[0].path is required",
            'contextSyncs[0].context_id is not a known input; did you mean "contextId"?',
        ]);
    });

    it("suggests the value that a misspelt one may mean", () => {
        const schema = z.object({ mode: z.enum(["File", "Archive"]) });
        expect(reasons(schema, { mode: "archive" })).toEqual([
            'mode must be "File" or "Archive", not "archive"; did you mean "Archive"?',
        ]);
        expect(reasons(schema, { mode: "Folder" })).toEqual(['mode must be "File" or "Archive", not "Folder"']);
        expect(reasons(schema, { mode: 1 })).toEqual(['mode must be "File" or "Archive", not 1']);
    });

    it("rejects texts that contain an output instead of its value, at any depth", () => {
        const schema = z.object({ id: z.string(), list: z.array(z.unknown()), source: z.instanceof(Asset) });
        const id = output("SdkCtx-1");
        const text = "".concat(id as unknown as string);
        const given = {
            id: text,
            list: [JSON.stringify({ id }), { path: `/home/${text}` }, "a text"],
            source: new Asset("asset", { text: `It is ${text}.` }),
        };
        const reason =
            "contains an output that was converted to text; pass the output itself, or build the text with pulumi.interpolate";
        expect(reasons(schema, given)).toEqual([
            `id ${reason}`,
            `list[0] ${reason}`,
            `list[1].path ${reason}`,
            `source ${reason}`,
        ]);
    });
});

it("paths and durations of any length take linear time", () => {
    const slashes = "/".repeat(200_000);
    const taken = cpuMs(() => {
        expect(trimTrailingSlash(`/home${slashes}`)).toBe("/home");
        expect(isNormalizedAbsolute(`/home${slashes}x`)).toBe(false);
        expect(parseDuration("1".repeat(200_000))).toBeUndefined();
    });
    // Each takes many seconds in quadratic time.
    expect(taken).toBeLessThan(1000);
});

it("foldersAbove lists the folders from the nearest to the root", () => {
    expect(foldersAbove("/home/work/in")).toEqual(["/home/work", "/home", "/"]);
    expect(foldersAbove("/home")).toEqual(["/"]);
    expect(foldersAbove("/")).toEqual([]);
});

describe("nearestWord", () => {
    it.each([
        ["contextID", "contextId"],
        ["context_id", "contextId"],
        ["upload-policy", "uploadPolicy"],
        ["polcy", "policy"],
        ["ptah", "path"],
        ["image", "imageId"],
    ])("takes %s for %s", (word, meant) => {
        expect(nearestWord(word, ["contextId", "path", "policy", "uploadPolicy", "imageId"])).toBe(meant);
    });

    it.each(["", "p", "pa", "policies", "region"])("has no suggestion for %j", (word) => {
        expect(nearestWord(word, ["contextId", "path", "policy"])).toBeUndefined();
    });

    it("has no suggestion if several words are equally near, or without candidates", () => {
        expect(nearestWord("agb-code-space-9", ["agb-code-space-1", "agb-code-space-2"])).toBeUndefined();
        expect(nearestWord("sync", ["syncOnDelete", "syncOnCreate"])).toBeUndefined();
        expect(nearestWord("anything", [])).toBeUndefined();
    });
});
