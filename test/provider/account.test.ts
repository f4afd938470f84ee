/** What the handlers of a deployment share: which sessions run, and which resources are forced. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { contextHandlers } from "../../provider/handlers/context";
import type { Diff, Handlers } from "../../provider/handlers/contract";
import type { CommonInputs } from "../../provider/handlers/origin";
import { originLabels } from "../../provider/handlers/session/labels";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf } from "../support/handlers";

let agb: TestAgb;
let account: Account;
const calls: string[] = [];
beforeEach(async () => {
    calls.splice(0);
    agb = await startTestAgb({ log: ({ call }) => void calls.push(call) });
    account = accountOf(agb.client);
});
afterEach(async () => {
    vi.useRealTimers();
    await agb.close();
});

const origin = originOf("dev");
/** The calls that look at sessions. The server logs a call after its response. */
const looks = () => calls.filter((call) => ["ListSession", "getSessionInfo", "GetContextInfo"].includes(call));
async function newSession(labels = originLabels(origin)): Promise<string> {
    return (await agb.client.createSession({ imageId: "agb-code-space-2", labels, mounts: [] })).sessionId;
}

describe("whether a session still runs", () => {
    it("is answered by one listing for all sessions of a stack", async () => {
        const sessions = [await newSession(), await newSession()];
        for (const id of sessions) expect(await account.isAlive(id, origin)).toBe(true);
        await expect.poll(looks).toEqual(["ListSession"]);
    });

    it("is answered by another listing for another stack", async () => {
        const other = { ...origin, stack: "other" };
        const [here, there] = [await newSession(), await newSession(originLabels(other))];
        expect(await account.isAlive(here, origin)).toBe(true);
        expect(await account.isAlive(there, other)).toBe(true);
        await expect.poll(looks).toEqual(["ListSession", "ListSession"]);
    });

    it("is looked up for a session that the listing of its stack does not have", async () => {
        const id = await newSession({});
        expect(await account.isAlive(id, origin)).toBe(true);
        await expect.poll(looks).toEqual(["ListSession", "getSessionInfo"]);
        await agb.release(id);
        expect(await account.isAlive(id, origin)).toBe(false);
    });

    it("is listed again after half a minute", async () => {
        const id = await newSession();
        expect(await account.isAlive(id, origin)).toBe(true);
        await agb.release(id);
        vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30_000 });
        expect(await account.isAlive(id, origin)).toBe(false);
    });

    it("is listed again after a listing that failed", async () => {
        const id = await newSession();
        agb.fault("ListSession:InternalError:1:1");
        await expect(account.isAlive(id, origin)).rejects.toThrow(/InternalError/);
        expect(await account.isAlive(id, origin)).toBe(true);
    });
});

describe("the waits for one session", () => {
    it("share a poller, so they do not multiply the calls", async () => {
        const id = await newSession({});
        const wait = () => account.syncs(id).waitForTasks([], { deadline: Date.now() + 1000 });
        await Promise.all([wait(), wait(), wait()]);
        await expect.poll(looks).toEqual(["GetContextInfo"]);
    });
});

it("costs a deployment without changes one listing of its sessions, and none of its contexts", async () => {
    const counts = Array.from({ length: 100 }, (_, n) => n);
    const compare = await Promise.all(
        counts.map(async (n) => {
            const __origin = originOf(`it${n}`);
            const context = await agb.client.ensureContext(`context${n}`);
            const contextNews = { name: context.name, __origin };
            const sessionNews = { imageId: "agb-code-space-2", __origin };
            const sessionId = await newSession(originLabels(__origin));
            return [
                () => unchanged(contextHandlers, context.id, contextNews, { adopted: false }),
                () => unchanged(sessionHandlers, sessionId, sessionNews, { allLabels: originLabels(__origin) }),
            ];
        }),
    );
    await agb.local.whenIdle();
    calls.splice(0);
    for (const each of compare.flat()) expect(await each()).toMatchObject({ changes: false, replaces: [] });
    // A page holds 50 sessions.
    await expect.poll(() => calls).toEqual(["ListSession", "ListSession"]);
});

/** Checks and compares a resource as an `up` does if nothing has changed. */
async function unchanged<Inputs extends CommonInputs, State extends Inputs>(
    handlers: Handlers<Inputs, State>,
    id: string,
    news: Record<string, unknown>,
    outputs: Partial<State>,
): Promise<Diff> {
    const { inputs, failures } = handlers.check({ olds: news, news });
    expect(failures).toEqual([]);
    const state = { ...inputs, contextStatuses: [], syncStatus: "None", ...outputs } as unknown as State;
    return handlers.diff({ id, state, inputs: inputs as unknown as Inputs, account });
}
