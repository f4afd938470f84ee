/** The handlers of `Context` against a local AGB. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { nullReporter } from "../../provider/handlers/reporter";
import { contextHandlers } from "../../provider/handlers/context";
import { unknown } from "../../provider/handlers/contract";
import { startTestAgb, unreachableClient, type TestAgb } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";

let agb: TestAgb;
let account: Account;
const origin = originOf("notes");

beforeEach(async () => {
    agb = await startTestAgb();
    account = accountOf(agb.client);
});
afterEach(() => agb.close());

type Inputs = Parameters<typeof contextHandlers.create>[0]["inputs"];
const check = (news: Record<string, unknown>, olds: Record<string, unknown> = {}) =>
    contextHandlers.check({ olds, news: { __origin: origin, ...news } });
const inputs = (news: Record<string, unknown> = {}) => check({ name: "n", ...news }).inputs as unknown as Inputs;
const create = (news: Record<string, unknown> = {}) => contextHandlers.create({ inputs: inputs(news), account });
const put = (contextId: string, path: string) => agb.client.uploadContextFile(contextId, path, { text: "x" });

describe("check", () => {
    it("derives a name from the resource's name and keeps it", () => {
        const first = check({}).inputs.name;
        expect(first).toMatch(/^notes-[0-9a-f]{12}$/);
        expect(check({}, { name: first }).inputs.name).toBe(first);
        expect(check({}).inputs.name).not.toBe(first);
    });

    it("fills in defaults and reports invalid inputs", () => {
        expect(check({ name: "n" })).toEqual({
            inputs: { name: "n", adopt: false, forceDestroy: false, __origin: origin },
            failures: [],
        });
        expect(check({ name: "", adopt: "yes", colour: "red" }).failures).toEqual([
            { property: "name", reason: "must not be empty" },
            { property: "adopt", reason: "must be a boolean, not a string" },
            { property: "colour", reason: 'is not a known input; use "name", "adopt", "forceDestroy", "region"' },
        ]);
        expect(check({ name: " " }).failures).toEqual([{ property: "name", reason: "must not be empty" }]);
        expect(check({ name: unknown })).toMatchObject({ inputs: { name: unknown }, failures: [] });
    });

    it("chooses a name without knowing where the resource was declared", () => {
        expect(check({ __origin: undefined }).inputs.name).toMatch(/^context-[0-9a-f]{12}$/);
    });
});

describe("create", () => {
    it("creates a context", async () => {
        const { id, state } = await create();
        expect(await agb.contexts()).toEqual([id]);
        expect(state).toMatchObject({
            name: "n",
            state: "available",
            adopted: false,
            adopt: false,
            forceDestroy: false,
        });
        expect(state.createTime).toBeTruthy();
    });

    it("does not silently take over an existing context", async () => {
        const { id } = await agb.client.ensureContext("n");
        await expect(create()).rejects.toThrow(
            `Context "notes" could not be created: the account already has a context "n" (${id}), perhaps from an interrupted run. Take it over with adopt: true`,
        );
    });

    it("takes over an existing context with adopt", async () => {
        const { id } = await agb.client.ensureContext("n");
        expect(await create({ adopt: true })).toMatchObject({ id, state: { adopted: true } });
        expect((await create({ name: "new", adopt: true })).state.adopted).toBe(false);
    });

    it("creates only one of two contexts with the same name at the same time", async () => {
        const outcomes = await Promise.allSettled([create(), create()]);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
        expect(await agb.contexts()).toHaveLength(1);
    });

    it("does not mistake a failed lookup for a missing context", async () => {
        await agb.client.ensureContext("n");
        agb.fault("GetContext:InternalError:1:1");
        await expect(create()).rejects.toThrow(/InternalError/);
    });
});

describe("diff and update", () => {
    it("renames in place", async () => {
        const { id, state } = await create();
        const news = inputs({ name: "m" });
        expect(await contextHandlers.diff({ id, state, inputs: news, account })).toMatchObject({
            changes: true,
            replaces: [],
        });
        expect((await contextHandlers.update({ id, state, inputs: news, account })).state.name).toBe("m");
        expect((await agb.client.getContext({ id })).name).toBe("m");
    });

    it("replaces if the region changes, deleting first", async () => {
        const { id, state } = await create();
        check({ name: "n", region: "eu" }, { name: "n" });
        expect(await contextHandlers.diff({ id, state, inputs: inputs({ region: "eu" }), account })).toEqual({
            changes: true,
            replaces: ["region"],
            deleteBeforeReplace: true,
        });
        await contextHandlers.delete({ id, state, account });
        expect(await agb.contexts()).toEqual([]);
    });

    it("sees no change if the inputs are the same", async () => {
        const { id, state } = await create();
        expect(await contextHandlers.diff({ id, state, inputs: inputs(), account })).toMatchObject({
            changes: false,
            replaces: [],
        });
    });

    it("stores forceDestroy in the state", async () => {
        const { id, state } = await create();
        const news = inputs({ forceDestroy: true });
        expect(await contextHandlers.diff({ id, state, inputs: news, account })).toMatchObject({
            changes: true,
            replaces: [],
        });
        agb.fault("ModifyContext:InternalError:1");
        expect((await contextHandlers.update({ id, state, inputs: news, account })).state.forceDestroy).toBe(true);
    });
});

describe("read", () => {
    it("shows a name changed outside the deployment, including in the inputs", async () => {
        const { id, state } = await create();
        await agb.client.renameContext(id, "elsewhere");
        expect(await contextHandlers.read({ id, state, account })).toMatchObject({
            state: { name: "elsewhere" },
            inputs: { name: "elsewhere" },
        });
    });

    it("keeps an adopted context adopted, and imports one that is deleted with its resource", async () => {
        await agb.client.ensureContext("n");
        const { id, state } = await create({ adopt: true });
        expect((await contextHandlers.read({ id, state, account }))?.state.adopted).toBe(true);
        expect((await contextHandlers.read({ id, state: {}, account }))?.state.adopted).toBe(false);
    });

    it("accepts a timeout that an earlier release stored, though it is not a duration", async () => {
        const { id, state } = await create();
        const stored = { ...state, __timeouts: { create: "5 minutes" } };
        expect(await contextHandlers.read({ id, state: stored, account })).toMatchObject({ state: stored });
    });

    it("distinguishes a deleted context from a failed query", async () => {
        const { id, state } = await create();
        agb.fault("GetContext:InternalError:1:1");
        await expect(contextHandlers.read({ id, state, account })).rejects.toThrow(/InternalError/);
        const lost = unreachableClient();
        await expect(contextHandlers.read({ id, state, account: accountOf(lost) })).rejects.toThrow(
            /cannot be reached/,
        );
        await lost.close();
        await agb.client.deleteContext(id);
        expect(await contextHandlers.read({ id, state, account })).toBeUndefined();
    });
});

describe("delete", () => {
    it("deletes an empty context, and succeeds if it no longer exists", async () => {
        const { id, state } = await create();
        await contextHandlers.delete({ id, state, account });
        expect(await agb.contexts()).toEqual([]);
        await contextHandlers.delete({ id, state, account });
    });

    it("keeps an adopted context", async () => {
        await agb.client.ensureContext("n");
        const { id, state } = await create({ adopt: true });
        // A later deployment, to which the state says that it was adopted.
        await contextHandlers.delete({ id, state, account: accountOf(agb.client, nullReporter, ["Context:notes"]) });
        expect(await agb.contexts()).toEqual([id]);
    });

    it("reports a failure, unless the context is gone anyway", async () => {
        const { id, state } = await create();
        agb.fault("DeleteContext:InternalError:1:1");
        await expect(contextHandlers.delete({ id, state, account })).rejects.toThrow(
            new RegExp(`^Context "notes" \\(${id}\\) could not be deleted: AGB said: .+InternalError`),
        );
        expect(await agb.contexts()).toEqual([id]);
        agb.fault("DeleteContext:after:1:1");
        await contextHandlers.delete({ id, state, account });
        expect(await agb.contexts()).toEqual([]);
    });

    it("stops counting files at a thousand", async () => {
        const { id, state } = await create();
        const count = () => contextHandlers.delete({ id, state, account });
        const [folder = ""] = readdirSync(join(agb.local.dataFolder, "contexts"));
        const files = join(agb.local.dataFolder, "contexts", folder, "home/many");
        mkdirSync(files, { recursive: true });
        for (let i = 0; i < 1000; i++) writeFileSync(join(files, `${i}`), "");
        await expect(count()).rejects.toThrow(/was not deleted: it holds 1000 files\. /);
        await put(id, "/home/one/more");
        await expect(count()).rejects.toThrow(/was not deleted: it holds more than 1000 files\. /);
    });

    it("refuses to delete files, reports how many, and names both ways forward", async () => {
        const { id, state } = await create();
        for (const path of ["/home/a", "/home/deep/er/b", "/tmp/c"]) await put(id, path);
        await expect(contextHandlers.delete({ id, state, account })).rejects.toThrow(
            new RegExp(
                `^Context "notes" \\(${id}\\) was not deleted: it holds 3 files\\. .+ set forceDestroy: true and run \`pulumi up\` first, or run the command again with AGB_FORCE_DESTROY=Context:notes in its environment\\. To keep them`,
            ),
        );
        expect(await agb.contexts()).toEqual([id]);
    });

    it("deletes files if forced by the state or by the config", async () => {
        for (const [state, names] of [
            [{ forceDestroy: true }, []],
            [{}, ["Context:notes"]],
        ] as const) {
            const made = await create();
            await put(made.id, "/home/a");
            await contextHandlers.delete({
                id: made.id,
                state: { ...made.state, ...state },
                account: accountOf(agb.client, nullReporter, [...names]),
            });
            expect(await agb.contexts()).toEqual([]);
        }
    });

    it("is not forced by a name that another type may share, and says what to write", async () => {
        const { id, state } = await create();
        await put(id, "/home/a");
        const { reporter, lines } = recordingReporter();
        for (const names of [["notes"], ["Session:notes"]]) {
            const account = accountOf(agb.client, reporter, names);
            await expect(contextHandlers.delete({ id, state, account })).rejects.toThrow(/it holds 1 file\. /);
        }
        expect(lines).toEqual([
            'Context "notes": its name alone does not force its deletion, because other resources may share it. Write Context:notes instead of notes in AGB_FORCE_DESTROY or agb:forceDestroy.',
        ]);
    });

    it("is not forced if nothing says where the resource was declared", async () => {
        const made = await create();
        const { __origin: _, ...state } = made.state;
        await put(made.id, "/home/a");
        const forced = accountOf(agb.client, nullReporter, ["Context:notes", "Context:?"]);
        await expect(contextHandlers.delete({ id: made.id, state, account: forced })).rejects.toThrow(
            /^Context "\?" \(.+\) was not deleted: .+ AGB_FORCE_DESTROY=Context:NAME in its environment/,
        );
    });

    it("is forced by its name if it is in no component, or if its URN is not known", async () => {
        const { id, state } = await create();
        await put(id, "/home/a");
        const urn = "urn:pulumi:s::p::pulumi-nodejs:dynamic/agb:Context::notes";
        for (const more of [{ urn }, { parents: ["box"] }]) {
            const __origin = { ...origin, ...more };
            await expect(contextHandlers.delete({ id, state: { ...state, __origin }, account })).rejects.toThrow(
                "AGB_FORCE_DESTROY=Context:notes in its environment",
            );
        }
    });

    it("in a component is forced by its URN, which the message prints for a shell", async () => {
        const made = await create();
        const urn = "urn:pulumi:s::p::my:index:Box$pulumi-nodejs:dynamic/agb:Context::notes";
        const state = { ...made.state, __origin: { ...origin, parents: ["box"], urn } };
        await put(made.id, "/home/a");
        await expect(contextHandlers.delete({ id: made.id, state, account })).rejects.toThrow(
            `AGB_FORCE_DESTROY='${urn}' in its environment`,
        );
        const forced = accountOf(agb.client, nullReporter, [urn]);
        await contextHandlers.delete({ id: made.id, state, account: forced });
        expect(await agb.contexts()).toEqual([]);
    });
});
