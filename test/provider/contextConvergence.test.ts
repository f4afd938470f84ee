/** A context whose creation had no clear outcome, was interrupted, or that already existed in the same stack. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgbClient } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { contextHandlers } from "../../provider/handlers/context";
import { SHORT_TIMINGS, startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";

let agb: TestAgb;
let account: Account;
/** Faults of the next call that creates a context, and of the calls after it. */
let creationFault: string | string[] | undefined;
/** Whether every call that creates a context ends without an answer, but takes effect. */
let noCreationAnswers: boolean;
const { reporter, lines: reported } = recordingReporter();

beforeEach(async () => {
    reported.length = 0;
    creationFault = undefined;
    noCreationAnswers = false;
    agb = await startTestAgb({
        // The creation follows a look that finds no context of that name.
        log: ({ call, status }) => {
            const isLookedUp = call === "GetContext" && (status === 200 || status === 400);
            if (noCreationAnswers && isLookedUp) agb.fault("GetContext:after:1:1");
            if (call !== "GetContext" || status !== 400 || creationFault === undefined) return;
            for (const fault of [creationFault].flat()) agb.fault(fault);
            creationFault = undefined;
        },
    });
    nextRun();
});
afterEach(async () => {
    vi.useRealTimers();
    await agb.close();
});
/** Lets the clock advance. */
const advanceClock = (minutes: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });

/** Starts a new deployment. */
const nextRun = (client = agb.client) => (account = accountOf(client, reporter));

type Inputs = Parameters<typeof contextHandlers.create>[0]["inputs"];
type State = Parameters<typeof contextHandlers.delete>[0]["state"];
const check = (news: Record<string, unknown> = {}, olds = {}) =>
    contextHandlers.check({ olds, news: { __origin: originOf("notes"), ...news } }).inputs as unknown as Inputs;
const create = (news: Record<string, unknown> = {}) =>
    contextHandlers.create({ inputs: check({ name: "n", ...news }), account });
const remove = (id: string, state: State) => contextHandlers.delete({ id, state, account });

describe("a creation without a clear outcome", () => {
    it.each(["after", "503after", "reset-after", "truncated", "html", "hang", "hang-after", "reset", "InternalError"])(
        "is looked up or repeated, so the context is in the state: %s",
        async (kind) => {
            const { endpoint, apiKey } = agb.local;
            const client = new AgbClient({ endpoint, apiKey, timeoutMs: 300 }, SHORT_TIMINGS);
            nextRun(client);
            creationFault = `GetContext:${kind}:1:1`;
            const outcome = await create().catch((error: unknown) => error as Error);
            if (kind === "InternalError") {
                // AGB says for certain that nothing was created.
                expect(outcome).toHaveProperty("message", expect.stringMatching(/InternalError, request [\w-]+\)\.$/));
                expect(await agb.contexts()).toEqual([]);
            } else {
                expect(outcome).toMatchObject({ state: { name: "n", adopted: false } });
                expect(await agb.contexts()).toEqual([(outcome as { id: string }).id]);
            }
            await client.close();
        },
    );

    it("that stays unclear is resolved by the next run, as the message says", async () => {
        creationFault = "GetContext:after:1:6";
        await expect(create()).rejects.toThrow(
            /^Context "notes" could not be created with the name "n": .+ Run `pulumi up` again: if the context was created, it is taken over\.$/,
        );
        const created = await agb.contexts();
        expect(created).toHaveLength(1);
        nextRun();
        expect(await create()).toMatchObject({ id: created[0], state: { adopted: false } });
    });

    it("stays unclear if a repetition is refused, so the next run takes the context over", async () => {
        creationFault = ["GetContext:after:1:1", "GetContext:403:1:3"];
        await expect(create()).rejects.toThrow(/Quota\.Exceeded, .+ Run `pulumi up` again: if the context was created/);
        const created = await agb.contexts();
        nextRun();
        expect(await create()).toMatchObject({ id: created[0], state: { adopted: false } });
    });

    it("is looked up as well if the name was generated", async () => {
        agb.fault("GetContext:after:1:4");
        const { id } = await create({ name: undefined });
        expect(await agb.contexts()).toEqual([id]);
    });

    it("is not repeated if the context is there", async () => {
        noCreationAnswers = true;
        const { id } = await create();
        noCreationAnswers = false;
        expect(await agb.contexts()).toEqual([id]);
    });

    it("is not repeated after the time limit", async () => {
        creationFault = "GetContext:after:1:2";
        await expect(create({ __timeouts: { create: "0s" } })).rejects.toThrow(
            /could not be created with the name "n"/,
        );
    });

    it("is resolved under another name, if the program has changed it since", async () => {
        creationFault = "GetContext:after:1:6";
        await expect(create()).rejects.toThrow(/could not be created/);
        const [id] = await agb.contexts();
        const { id: other } = await agb.client.ensureContext("taken");
        nextRun();
        await expect(create({ name: "taken" })).rejects.toThrow(`already has a context "taken" (${other})`);
        expect(await create({ name: "m" })).toMatchObject({ id, state: { name: "m", adopted: false } });
        expect((await agb.client.getContext({ id: id ?? "" })).name).toBe("m");
    });

    it("proves nothing an hour later, when someone else may have created a context of that name", async () => {
        creationFault = "GetContext:after:1:6";
        await expect(create()).rejects.toThrow(/could not be created/);
        nextRun();
        advanceClock(61);
        await expect(create()).rejects.toThrow(/already has a context "n"/);
    });

    it("never takes a context that existed before", async () => {
        const { id } = await agb.client.ensureContext("n");
        creationFault = "GetContext:after:1:1";
        await expect(create()).rejects.toThrow(`the account already has a context "n" (${id})`);
    });
});

describe("a context that an interrupted run left behind", () => {
    it("is taken over as the stack's own", async () => {
        const { id } = await create();
        nextRun();
        expect(await create({ adopt: true })).toMatchObject({ id, state: { adopted: false } });
        expect(reported).toContain(
            `Context "notes" (${id}) was created by an earlier run and is missing in the state. It is taken over.`,
        );
        nextRun();
        expect((await create()).id).toBe(id);
    });

    it("is renamed if its name was generated, or has changed since", async () => {
        const { id } = await create({ name: undefined });
        nextRun();
        expect(await create({ name: undefined })).toMatchObject({ id });
        nextRun();
        expect(await create({ name: "m" })).toMatchObject({ id, state: { name: "m" } });
        expect((await agb.client.getContext({ id })).name).toBe("m");
        expect(await agb.contexts()).toEqual([id]);
    });

    it("is recognized by its id, however it is named and however long ago it was created", async () => {
        const { id } = await create();
        await agb.client.renameContext(id, "elsewhere");
        nextRun();
        advanceClock(61);
        expect(await create()).toMatchObject({ id, state: { name: "n" } });
        expect((await agb.client.getContext({ id })).name).toBe("n");
    });

    it("is still known after a run that was interrupted while it renamed the context", async () => {
        // A generated name is not looked up.
        agb.fault("GetContext:after:1:6");
        await expect(create({ name: undefined })).rejects.toThrow(/could not be created/);
        const created = await agb.contexts();
        nextRun();
        agb.fault("ModifyContext:after:1:1");
        await expect(create({ name: undefined })).rejects.toThrow(/^Context "notes" /);
        nextRun();
        expect(await create({ name: undefined })).toMatchObject({ id: created[0], state: { adopted: false } });
        expect(await agb.contexts()).toEqual(created);
    });

    it("is taken over without a call that renames it, if it has the right name", async () => {
        const { id } = await create();
        nextRun();
        agb.fault("ModifyContext:InternalError:1");
        expect(await create()).toMatchObject({ id });
    });

    it("is not taken over in place of one in another region", async () => {
        const { id } = await create();
        nextRun();
        const other = await create({ region: "eu" });
        expect((await agb.contexts()).sort()).toEqual([id, other.id].sort());
    });

    it("is not confused with another context that has its name now, if it was renamed", async () => {
        const { id } = await create();
        await agb.client.renameContext(id, "elsewhere");
        const other = await agb.client.ensureContext("n");
        nextRun();
        await expect(create()).rejects.toThrow(`already has a context "n" (${other.id})`);
        expect((await agb.client.getContext({ id })).name).toBe("elsewhere");
    });

    it("is still known after another context of the same resource was compared, as in a replacement", async () => {
        const before = await create();
        nextRun();
        await contextHandlers.read({ ...before, account });
        const after = await create({ region: "eu" });
        nextRun();
        await contextHandlers.read({ ...before, account });
        await contextHandlers.diff({ ...before, inputs: check({ name: "n", region: "eu" }), account });
        expect(await create({ region: "eu" })).toMatchObject({ id: after.id, state: { adopted: false } });
    });

    it("is not recognized without knowing where the resource was declared", async () => {
        const made = await create({ __origin: undefined });
        expect(await contextHandlers.read({ ...made, account })).toMatchObject({ state: { name: "n" } });
        nextRun();
        await expect(create({ __origin: undefined })).rejects.toThrow(`already has a context "n" (${made.id})`);
    });

    it("is not taken over by another resource, stack or account", async () => {
        const { id } = await create();
        nextRun();
        for (const __origin of [originOf("other"), { ...originOf("notes"), stack: "other" }]) {
            await expect(create({ __origin })).rejects.toThrow(`already has a context "n" (${id})`);
        }
    });

    it("is not taken over once the state has contained it", async () => {
        const { id, state } = await create();
        nextRun();
        await contextHandlers.diff({ id, state, inputs: check({ name: "n" }), account });
        await expect(create()).rejects.toThrow(`already has a context "n" (${id})`);
    });

    it("is not confused with another context that has its name now", async () => {
        const { id } = await create();
        await agb.client.deleteContext(id);
        const other = await agb.client.ensureContext("n");
        nextRun();
        await expect(create()).rejects.toThrow(`already has a context "n" (${other.id})`);
    });
});

describe("a context that is replaced onto itself", () => {
    const write = (id: string) => agb.client.uploadContextFile(id, "/home/a", { text: "a" });

    it("is kept with its files by the deletion of its predecessor", async () => {
        const before = await create({ forceDestroy: true });
        await write(before.id);
        nextRun();
        await contextHandlers.read({ ...before, account });
        nextRun();
        const after = await create({ adopt: true, forceDestroy: true });
        expect(after.id).toBe(before.id);
        await remove(before.id, before.state);
        expect(await agb.files(before.id)).toEqual(["/home/a"]);
        expect(reported).toContain(
            `Context "notes" (${before.id}) was not deleted, because another resource of this deployment keeps it.`,
        );
    });

    it("is kept by a deletion that an interrupted run left to a later one", async () => {
        const before = await create({ forceDestroy: true });
        await write(before.id);
        nextRun();
        const after = await create({ forceDestroy: true });
        nextRun();
        const inputs = check({ name: "n", forceDestroy: true }, { name: "n" });
        await contextHandlers.diff({ ...after, inputs, account });
        await remove(before.id, before.state);
        expect(await agb.files(before.id)).toEqual(["/home/a"]);
    });

    it("is deleted if a refresh has compared it, but the program no longer declares it", async () => {
        const __origin = originOf("dropped");
        const { id, state } = await create({ __origin });
        nextRun();
        await contextHandlers.diff({ id, state, inputs: check({ name: "n", __origin }), account });
        await remove(id, state);
        expect(await agb.contexts()).toEqual([]);
    });
});

describe("a context in another region", () => {
    it("is found, read and deleted there, and never mistaken for one of the default region", async () => {
        const here = await agb.client.ensureContext("n");
        const there = await agb.client.ensureContext("n", "eu");
        await expect(create({ region: "eu" })).rejects.toThrow(`already has a context "n" (${there.id})`);
        expect(await create({ region: "eu", adopt: true })).toMatchObject({ id: there.id });
        const made = await create({ region: "us", adopt: true });
        expect(made.state.adopted).toBe(false);
        expect([here.id, there.id]).not.toContain(made.id);
        expect(await contextHandlers.read({ ...made, account })).toMatchObject({ state: { region: "us" } });
        await remove(made.id, made.state);
        expect((await agb.contexts()).sort()).toEqual([here.id, there.id].sort());
    });
});
