/** How many requests a deployment of many resources sends: their number grows with the number of resources, and no faster. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbApiError, SyncStatus } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { contextHandlers } from "../../provider/handlers/context";
import { originLabels } from "../../provider/handlers/session/labels";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

let agb: TestAgb;
let account: Account;
const calls: string[] = [];
beforeEach(async () => {
    process.env.XDG_DATA_HOME = tempFolder("requests");
    agb = await startTestAgb({ syncTimeMs: 5, log: ({ call }) => void calls.push(call) });
    account = accountOf(agb.client);
});
afterEach(() => agb.close());

/** The number of requests by call. The server logs a call after its response, so one more call comes last. */
async function countRequests(deploy: () => Promise<unknown>): Promise<Record<string, number>> {
    calls.splice(0);
    await deploy();
    await agb.client.clearContext("none").catch(() => undefined);
    await expect.poll(() => calls.at(-1)).toBe("ClearContext");
    const counts: Record<string, number> = {};
    for (const call of calls.slice(0, -1)) counts[call] = (counts[call] ?? 0) + 1;
    return counts;
}
const numbered = <T>(count: number, make: (number: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));

type ContextInputs = Parameters<typeof contextHandlers.create>[0]["inputs"];
const contextInputs = (resource: string, name: string | undefined = resource) =>
    contextHandlers.check({ olds: {}, news: { ...(name && { name }), __origin: originOf(resource) } })
        .inputs as unknown as ContextInputs;
const sessionInputs = (name: string, news: Record<string, unknown> = {}) =>
    sessionHandlers.check({ olds: {}, news: { imageId: "agb-code-space-2", __origin: originOf(name), ...news } })
        .inputs as unknown as SessionInputs;
const createContexts = (count: number) =>
    Promise.all(numbered(count, (i) => contextHandlers.create({ inputs: contextInputs(`new${i}`), account })));
const createSessions = (count: number) =>
    Promise.all(numbered(count, (i) => sessionHandlers.create({ inputs: sessionInputs(`new${i}`), account })));

describe("the requests of new contexts", () => {
    beforeEach(async () => {
        await Promise.all(numbered(60, (i) => agb.client.ensureContext(`old${i}`)));
    });

    it("are two for each with a name that the program chose, however many contexts the account has", async () => {
        expect(await countRequests(() => createContexts(20))).toEqual({ GetContext: 40 });
    });

    it("are one for each whose name was generated just now", async () => {
        const inputs = numbered(20, (i) => contextInputs(`generated${i}`, ""));
        const create = () => Promise.all(inputs.map((each) => contextHandlers.create({ inputs: each, account })));
        expect(await countRequests(create)).toEqual({ GetContext: 20 });
        await expect(create()).rejects.toThrow(/already has a context/);
    });

    it("include one listing for all of them if AGB does not say that it found none of that name", async () => {
        agb.client.getContext = () => Promise.reject(new AgbApiError("GetContext", "Odd", "no", 400, ""));
        expect(await countRequests(() => createContexts(20))).toEqual({ GetContext: 20, ListContexts: 2 });
        await expect(contextHandlers.create({ inputs: contextInputs("old1"), account })).rejects.toThrow(/Odd/);
    });
});

describe("the requests of new sessions", () => {
    it("include one listing for all of them", async () => {
        const counts = await countRequests(() => createSessions(20));
        expect(counts).toMatchObject({ createSession: 20, ListSession: 1 });
        expect(counts).not.toHaveProperty("GetLabel");
    });

    it("include one more for each if a session of no known resource runs", async () => {
        const labels = originLabels({ project: "p", stack: "s", name: "removed" });
        await agb.client.createSession({ imageId: "agb-code-space-2", labels, mounts: [] });
        const create = () => sessionHandlers.create({ inputs: sessionInputs("another"), account });
        expect(await countRequests(create)).toMatchObject({ createSession: 1, ListSession: 1 + 1 });
    });
});

it("a deployment that changes none of 200 resources only lists its sessions", async () => {
    const contexts = numbered(100, (i) => ({ id: `SdkCtx-${i}`, inputs: contextInputs(`c${i}`) }));
    const sessions = await Promise.all(
        numbered(100, async (i) => {
            const inputs = sessionInputs(`s${i}`);
            const labels = originLabels(originOf(`s${i}`));
            const { sessionId: id } = await agb.client.createSession({ imageId: inputs.imageId, labels, mounts: [] });
            return { id, inputs };
        }),
    );
    const counts = await countRequests(async () => {
        for (const { id, inputs } of contexts) {
            await contextHandlers.diff({ id, state: { ...inputs, adopted: false }, inputs, account });
        }
        for (const { id, inputs } of sessions) {
            const state = { ...inputs, contextStatuses: [], syncStatus: SyncStatus.None, allLabels: {} };
            expect(await sessionHandlers.diff({ id, state, inputs, account })).toMatchObject({ replaces: [] });
        }
    });
    // A page of a listing contains at most 50.
    expect(counts).toEqual({ ListSession: 2 });
});
