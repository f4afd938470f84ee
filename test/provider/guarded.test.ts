/** What all handlers have in common: the account that a state belongs to, and errors that name their resource. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbClient } from "../../provider/agb";
import type { MarkedState } from "../../provider/handlers/accountMark";
import type { Account } from "../../provider/handlers/account";
import { contextHandlers } from "../../provider/handlers/context";
import { PartialFailure, type CheckResult, type Handlers } from "../../provider/handlers/contract";
import { contextFileHandlers } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers } from "../../provider/handlers/files/contextFolder";
import { guarded } from "../../provider/handlers/guarded";
import type { CommonInputs } from "../../provider/handlers/origin";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { syncHandlers } from "../../provider/handlers/sync";
import { SHORT_TIMINGS, startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, partialFailure } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

let agb: TestAgb;
let account: Account;
beforeEach(async () => {
    agb = await startTestAgb({ apiKey: "the-first-key" });
    account = accountOf(agb.client);
});
afterEach(() => agb.close());

interface Deployed {
    id: string;
    state: MarkedState;
    read(account: Account): Promise<{ state: MarkedState } | undefined>;
    diff(account: Account): Promise<{ replaces: string[] }>;
    delete(account: Account): Promise<void>;
}

/** Deploys a resource with the account of the test. */
async function deploy<Inputs extends CommonInputs, State extends Inputs, Expected extends string>(
    handlers: Handlers<Inputs, State, CheckResult | Promise<CheckResult>, Expected>,
    news: Record<string, unknown>,
): Promise<Deployed> {
    const resource = guarded(handlers);
    const checked = await resource.check({ olds: {}, news: { __origin: originOf("it"), ...news } });
    expect(checked.failures).toEqual([]);
    const inputs = checked.inputs as unknown as Inputs;
    const { id, state } = await resource.create({ inputs, account });
    return {
        id,
        state,
        read: (account) => resource.read({ id, state, account }),
        diff: async (account) => resource.diff({ id, state, inputs, account }),
        delete: (account) => resource.delete({ id, state, account }),
    };
}
const context = () => deploy(contextHandlers, { name: "work", forceDestroy: true });
const session = (more: object = {}) => deploy(sessionHandlers, { imageId: "agb-code-space-2", ...more });
const mountOf = ({ id }: Deployed) => ({ contextSyncs: [{ contextId: id, path: "/home/work" }] });

/** A client with the other key of the same account. */
function withRotatedKey(): AgbClient {
    const apiKey = readFileSync(join(agb.local.dataFolder, "api-key"), "utf8").trim();
    return new AgbClient({ endpoint: agb.local.endpoint, apiKey, timeoutMs: 10_000 }, SHORT_TIMINGS);
}

describe("with the key of another account", () => {
    let other: TestAgb;
    beforeEach(async () => (other = await startTestAgb()));
    afterEach(() => other.close());

    it("no resource counts as gone, and nothing is changed", async () => {
        const work = await context();
        const dev = await session(mountOf(work));
        const deployed = [
            await deploy(contextFileHandlers, { contextId: work.id, path: "/home/other/a", content: "a" }),
            await deploy(contextFolderHandlers, { contextId: work.id, path: "/home/b", source: tempFolder("empty") }),
            await deploy(syncHandlers, { sessionId: dev.id }),
            dev,
            work,
        ];
        const [files, sessions] = [await agb.files(work.id), await agb.sessions()];
        for (const resource of deployed) {
            for (const attempt of ["read", "diff", "delete"] as const) {
                await expect(resource[attempt](accountOf(other.client))).rejects.toThrow(
                    /^\w+ "it" \(.+\) was deployed to another AGB account: the account of the current API key and endpoint does not have it\. Nothing was changed\. Set the key/,
                );
            }
        }
        expect([await agb.files(work.id), await agb.sessions()]).toEqual([files, sessions]);
        for (const resource of deployed) await resource.delete(account);
        expect([await agb.contexts(), await agb.sessions()]).toEqual([[], []]);
    });

    it("a session that has certainly ended counts as gone", async () => {
        const dev = await session();
        const ended = { ...dev.state, expiresAt: new Date(Date.now() - 6 * 60_000).toISOString() };
        const read = (state: object) =>
            guarded(sessionHandlers).read({ id: dev.id, state, account: accountOf(other.client) });
        expect(await read(ended)).toBeUndefined();
        const hardly = { ...dev.state, expiresAt: new Date(Date.now() - 4 * 60_000).toISOString() };
        await expect(read(hardly)).rejects.toThrow(/another AGB account/);
    });

    it("a state of an earlier release, which has no mark, is treated as before", async () => {
        const { id, state } = await context();
        const { __account: _mark, ...unmarked } = state;
        const read = guarded(contextHandlers).read({ id, state: unmarked, account: accountOf(other.client) });
        expect(await read).toBeUndefined();
    });
});

describe("with a rotated key of the same account", () => {
    let rotated: AgbClient;
    beforeEach(() => (rotated = withRotatedKey()));
    afterEach(() => rotated.close());

    it("every resource is found, and its mark renewed", async () => {
        const work = await context();
        const dev = await session(mountOf(work));
        for (const resource of [work, dev]) {
            const found = await resource.read(accountOf(rotated));
            expect(found?.state.__account).toMatch(/^[0-9a-f]{16}$/);
            expect(found?.state.__account).not.toBe(resource.state.__account);
            expect((await resource.diff(accountOf(rotated))).replaces).toEqual([]);
        }
    });

    it("a session that was released is gone if its context is there", async () => {
        const dev = await session(mountOf(await context()));
        await agb.release(dev.id);
        expect(await dev.read(accountOf(rotated))).toBeUndefined();
    });

    it("a session without mounts is gone once another resource with the same mark was found", async () => {
        const work = await context();
        const dev = await session();
        await agb.release(dev.id);
        const later = accountOf(rotated);
        await expect(dev.read(later)).rejects.toThrow(/another AGB account/);
        await work.diff(later);
        expect(await dev.read(later)).toBeUndefined();
    });
});

describe("the mark", () => {
    it("does not depend on the port of a local server, and says nothing about the key", () => {
        const client = (endpoint: string, apiKey: string) => new AgbClient({ endpoint, apiKey, timeoutMs: 1000 });
        const mark = (endpoint: string, apiKey = "k") => client(endpoint, apiKey).accountMark;
        expect(mark("http://127.0.0.1:1")).toBe(mark("http://localhost:2"));
        expect(mark("http://127.0.0.1:1")).not.toBe(mark("http://127.0.0.1:1", "other"));
        expect(mark("https://a.example")).not.toBe(mark("https://b.example"));
        expect(mark("https://a.example/")).toBe(mark("https://a.example/v1"));
    });

    it("is in the state of a resource that is not ready", async () => {
        agb.fault("createSession:fail:1:1");
        const { id } = await agb.client.ensureContext("work");
        const inputs = sessionHandlers.check({
            olds: {},
            news: { imageId: "agb-code-space-2", contextSyncs: [{ contextId: id, path: "/home/work" }] },
        }).inputs as never;
        const failure = await partialFailure(guarded(sessionHandlers).create({ inputs, account }));
        expect(failure.state).toHaveProperty("__account", agb.client.accountMark);
    });
});

describe("an error", () => {
    it("names its resource, and is one short line", async () => {
        const failing = (error: Error) => {
            const handlers: typeof contextHandlers = { ...contextHandlers, delete: () => Promise.reject(error) };
            const state = { __origin: originOf("notes") } as never;
            return guarded(handlers).delete({ id: "SdkCtx-1", state, account });
        };
        await expect(failing(new Error("AGB said: no (X)."))).rejects.toThrow(
            /^Context "notes" \(SdkCtx-1\) could not be deleted: AGB said: no \(X\)\.$/,
        );
        await expect(failing(new Error('Context "notes" is odd'))).rejects.toThrow(/^Context "notes" is odd$/);
        await expect(failing(new Error("two\r\n\tlines \u001b[31mred"))).rejects.toThrow(/: two lines red$/);
        const long = await failing(new Error("x".repeat(1_000_000))).catch((error: unknown) => error as Error);
        expect(String(long).length).toBeLessThan(1020);
    });

    it("keeps what exists in the state", async () => {
        const partly = new PartialFailure("SdkCtx-1", { name: "n" }, "not\nready");
        const handlers: typeof contextHandlers = { ...contextHandlers, create: () => Promise.reject(partly) };
        const failure = await partialFailure(guarded(handlers).create({ inputs: {} as never, account }));
        expect(failure).toMatchObject({ id: "SdkCtx-1", state: { name: "n" } });
        expect(failure.message).toBe('Context "?" could not be created: not ready');
    });

    it("names the resource in every call that fails", async () => {
        const work = await context();
        agb.fault("GetContext:InternalError:1");
        agb.fault("ListContexts:InternalError:1");
        await expect(work.read(account)).rejects.toThrow(/^Context "it" \(SdkCtx-\w+\) could not be read: AGB said: /);
        await expect(context()).rejects.toThrow(/^Context "it" could not be created: AGB said: /);
    });
});
