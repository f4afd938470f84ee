/** Labels of a session: every key keeps its value, and what can be created can be changed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Account } from "../../provider/handlers/account";
import { agbConfig } from "../../provider/handlers/config";
import { unknown } from "../../provider/handlers/contract";
import { nullReporter } from "../../provider/handlers/reporter";
import { labelsSize } from "../../provider/handlers/session/labels";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { originOf } from "../support/handlers";

let agb: TestAgb;
beforeAll(async () => {
    agb = await startTestAgb();
});
afterAll(() => agb.close());

function check(labels: object, name = "dev"): SessionInputs {
    const { inputs, failures } = sessionHandlers.check({
        olds: {},
        news: { imageId: "agb-code-space-2", labels, __origin: originOf(name) },
    });
    expect(failures).toEqual([]);
    return inputs as unknown as SessionInputs;
}
const failuresOf = (labels: unknown) =>
    sessionHandlers
        .check({ olds: {}, news: { imageId: "i", labels } })
        .failures.map(({ property, reason }) => `${property} ${reason}`);
const withDefaults = (labels: Record<string, string>) => new Account(agb.client, nullReporter, labels, []);
/** Labels of exactly this size. */
function ofSize(size: number, key: string): Record<string, string> {
    return { [key]: "x".repeat(size - labelsSize({ [key]: "" })) };
}

it("a label that an object inherits a value for is a label like any other", async () => {
    const account = withDefaults({ constructor: "a", toString: "b" });
    const inputs = check({ valueOf: "c", hasOwnProperty: "d" });
    const { id, state } = await sessionHandlers.create({ inputs, account });
    expect(await agb.client.getLabels(id)).toMatchObject({
        constructor: "a",
        toString: "b",
        valueOf: "c",
        hasOwnProperty: "d",
    });
    const read = await sessionHandlers.read({ id, state, account });
    expect({ ...read?.inputs?.labels }).toEqual({ valueOf: "c", hasOwnProperty: "d" });
    expect(await sessionHandlers.diff({ id, state: read?.state ?? state, inputs, account })).toMatchObject({
        changes: false,
    });
});

it("an empty key is refused, with no warning about the rest, and null is no labels", () => {
    expect(failuresOf({ "": "a" })).toEqual(['labels[""] the key of a label must not be empty']);
    expect(failuresOf(null)).toEqual([]);
    const mount = { contextId: "SdkCtx-1", path: "/opt/a" };
    const news = { imageId: "i", labels: { "": "a" }, contextSyncs: [mount] };
    expect(sessionHandlers.check({ olds: {}, news }).warnings).toEqual([]);
});

describe("the key __proto__", () => {
    const labels: unknown = JSON.parse('{ "__proto__": "a" }');

    it("is refused, because it would be lost", () => {
        expect(failuresOf(labels)).toEqual([
            'labels["__proto__"] is not possible as the key of a label; choose another key',
        ]);
    });

    it("is refused in the config", () => {
        const config = agbConfig((key) => (key === "agb:defaultLabels" ? JSON.stringify(labels) : undefined), {});
        expect(config.problems).toMatchObject([
            { property: "agb:defaultLabels", reason: expect.stringMatching(/^must map label keys/) as string },
        ]);
    });
});

describe("the size of labels", () => {
    it("is limited, so they can be changed later", async () => {
        const account = withDefaults(ofSize(2000, "default"));
        const name = "n".repeat(100);
        const inputs = check(ofSize(8000, "a"), name);
        const { id, state } = await sessionHandlers.create({ inputs, account });
        const changed = check(ofSize(8000, "b"), name);
        const { state: updated } = await sessionHandlers.update({ id, state, inputs: changed, account });
        expect(Object.keys(await agb.client.getLabels(id))).toContain("b");
        expect(updated.labels).toEqual(changed.labels);
    });

    it("is an error beyond the limit, counted as in a URL", () => {
        expect(failuresOf(ofSize(8001, "a"))).toEqual([
            "labels take 8001 bytes in a URL, but at most 8000 can be changed later; use fewer or shorter ones",
        ]);
        expect(failuresOf({ a: "é".repeat(1400) })).toEqual([expect.stringMatching(/^labels take 8\d\d\d bytes/)]);
        expect(failuresOf({ a: "\ud800", b: unknown })).toEqual([]);
    });

    it("is limited for default labels", () => {
        const problems = (size: number) =>
            agbConfig((key) => (key === "agb:defaultLabels" ? JSON.stringify(ofSize(size, "a")) : undefined), {})
                .problems;
        expect(problems(2000)).toEqual([]);
        expect(problems(2001)).toEqual([
            {
                property: "agb:defaultLabels",
                reason: "take 2001 bytes in a URL, but at most 2000 can be changed later; use fewer or shorter ones",
            },
        ]);
    });
});
