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
const calls: string[] = [];
beforeEach(async () => {
    calls.splice(0);
    agb = await startTestAgb({ apiKey: "the-first-key", log: ({ call }) => void calls.push(call) });
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

    it("the advice names the resource as `pulumi state delete` needs it", async () => {
        const { id, state } = await context();
        const read = (__origin: CommonInputs["__origin"]) =>
            guarded(contextHandlers).read({ id, state: { ...state, __origin }, account: accountOf(other.client) });
        const urn = "urn:pulumi:s::p::my:index:Box$pulumi-nodejs:dynamic/agb:Context::it";
        await expect(read({ ...originOf("it"), urn })).rejects.toThrow(`run \`pulumi state delete '${urn}'\`.`);
        await expect(read(originOf("it"))).rejects.toThrow("run `pulumi state delete URN`.");
        await expect(read(undefined)).rejects.toThrow("run `pulumi state delete URN`.");
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

    it("a session without mounts is found by its id, and a sync by its session", async () => {
        const dev = await session();
        const save = await deploy(syncHandlers, { sessionId: dev.id });
        for (const resource of [dev, save]) expect(await resource.read(accountOf(rotated))).toBeDefined();
    });

    it("each context of a session is looked up once", async () => {
        const { id } = await context();
        const mounts = ["/home/a", "/home/b"].map((path) => ({ contextId: id, path }));
        const dev = await session({ contextSyncs: mounts });
        await agb.client.deleteContext(id);
        calls.splice(0);
        await dev.diff(accountOf(rotated));
        await expect.poll(() => calls.filter((call) => call === "GetContext")).toHaveLength(1);
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
    it("of the current key is enough for a session that was released to count as gone", async () => {
        const dev = await session();
        await agb.release(dev.id);
        expect(await dev.read(account)).toBeUndefined();
    });

    it("is in the state after an update, too", async () => {
        const { id, state } = await context();
        const resource = guarded(contextHandlers);
        const { inputs } = await resource.check({ olds: {}, news: { __origin: originOf("it"), name: "renamed" } });
        const update = () => resource.update({ id, state: state as never, inputs: inputs as never, account });
        expect((await update()).state).toMatchObject({ name: "renamed", __account: agb.client.accountMark });
        agb.fault("ModifyContext:InternalError:1");
        await expect(update()).rejects.toThrow(
            /^Context "it" could not be renamed from "work" to "renamed": AGB said: /,
        );
    });

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
        const cause = new Error("AGB said: no (X).");
        const error = await failing(cause).catch((error: unknown) => error);
        // Only a partial failure keeps a resource in the state.
        expect(error).not.toBeInstanceOf(PartialFailure);
        expect(error).toHaveProperty("cause", cause);
        await expect(failing(new Error('Context "notes" is odd'))).rejects.toThrow(/^Context "notes" is odd$/);
        await expect(failing(new Error("two\r\n\tlines \u001b[31mred"))).rejects.toThrow(/: two lines red$/);
        const long = await failing(new Error("x".repeat(1_000_000))).catch((error: unknown) => error as Error);
        expect(String(long).length).toBeLessThan(1020);
    });

    it("of a check names the resource", async () => {
        const handlers: typeof contextHandlers = {
            ...contextHandlers,
            check() {
                throw new Error("the file cannot be read");
            },
        };
        await expect(guarded(handlers).check({ olds: {}, news: { __origin: originOf("notes") } })).rejects.toThrow(
            /^Context "notes" could not be checked: the file cannot be read$/,
        );
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
