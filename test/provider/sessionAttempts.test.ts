/** Sessions that a run created and no state contains: the next run recognizes its own, and leaves those of others alone. */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbApiError, AgbConnectionError, type AgbClient } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { attemptsFolder } from "../../provider/handlers/session/attempts";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sleep } from "../../provider/agb/polling";
import { accountOf, originOf, partialFailure, recordingReporter } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

let agb: TestAgb;
let contextId: string;
const { reporter, lines: reported } = recordingReporter();
const origin = originOf("dev");

/** A data folder without attempts, as another machine or user has. */
const onAnotherMachine = () => void (process.env.XDG_DATA_HOME = tempFolder("attempts"));
/** Each run has a process of its own, so it shares no memory with the one before. */
const nextRun = (): Account => accountOf(agb.client, reporter);

beforeEach(async () => {
    onAnotherMachine();
    reported.splice(0);
    agb = await startTestAgb({ syncTimeMs: 20 });
    contextId = (await agb.client.ensureContext("work")).id;
});
afterEach(() => agb.close());

function inputsOf(news: Record<string, unknown> = {}): SessionInputs {
    const contextSyncs = [{ contextId, path: "/home/work" }];
    const { inputs, failures } = sessionHandlers.check({
        olds: {},
        news: { imageId: "agb-code-space-2", contextSyncs, __origin: origin, ...news },
    });
    expect(failures).toEqual([]);
    return inputs as unknown as SessionInputs;
}
const create = (news: Record<string, unknown> = {}, account = nextRun()) =>
    sessionHandlers.create({ inputs: inputsOf(news), account });

describe("a session that fits", () => {
    it("is taken over with its files, its labels, and the end of its life", async () => {
        const { id, state: lost } = await create({ labels: { team: "a" } });
        await agb.writeFile(id, "/home/work/new.txt", "only here");
        const taken = await create({ labels: { team: "b" } });
        expect(taken.id).toBe(id);
        expect(await agb.sessions()).toEqual([id]);
        expect(await agb.readFile(id, "/home/work/new.txt")).toBe("only here");
        expect(taken.state).toMatchObject({
            syncStatus: "Success",
            labels: { team: "b" },
            allLabels: { ...lost.allLabels, team: "b" },
        });
        expect(await agb.client.getLabels(id)).toEqual(taken.state.allLabels);
        const endsLater = Date.parse(taken.state.expiresAt ?? "") - Date.parse(lost.expiresAt ?? "");
        expect(endsLater).toBeLessThanOrEqual(1000);
        expect(reported.join("\n")).toMatch(
            new RegExp(
                `Session "dev" \\(${id}\\) was created by an earlier run at [^ ]+ and is missing in the state\\. It is taken over\\.`,
            ),
        );
        await sessionHandlers.delete({ ...taken, account: nextRun() });
        expect(await agb.content(contextId, "/home/work/new.txt")).toBe("only here");
    });

    it("is recognized although the resource depends on others meanwhile", async () => {
        const urn = "urn:pulumi:s::p::pulumi-nodejs:dynamic/agb:Session::dev";
        const { id } = await create({ __origin: { ...origin, urn } });
        const taken = await create({ __origin: { ...origin, urn, after: ["ContextFile:prompt"] } });
        expect(taken.id).toBe(id);
    });

    it("is repaired if a download has failed", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "a" });
        agb.fault("createSession:fail:1:1");
        const { id } = await partialFailure(create());
        const taken = await create();
        expect(taken.id).toBe(id);
        expect(taken.state.syncStatus).toBe("Success");
        expect(await agb.readFile(id, "/home/work/a.txt")).toBe("a");
    });

    it("stays in the state if a call fails after it was taken over", async () => {
        const { id } = await create();
        agb.fault("getSession:InternalError:1:1");
        const failed = await partialFailure(create());
        expect(failed.id).toBe(id);
        expect(failed.message).toMatch(`Session "dev" (${id}) was taken over, but then: AGB said`);
        const repaired = await sessionHandlers.update({ ...failed, inputs: inputsOf(), account: nextRun() });
        expect(repaired.state.syncStatus).toBe("Success");
        expect(await agb.sessions()).toEqual([id]);
    });

    it("is one whose mounts are only given in another order", async () => {
        const other = { contextId: (await agb.client.ensureContext("other")).id, path: "/home/other" };
        const work = { contextId, path: "/home/work" };
        const { id } = await create({ contextSyncs: [work, other] });
        expect((await create({ contextSyncs: [other, work] })).id).toBe(id);
    });

    it("stays in the state with the reason if its download fails again", async () => {
        agb.fault("createSession:fail:1:1");
        const { id } = await partialFailure(create());
        agb.fault("SyncContext:fail:1:1");
        const failed = await partialFailure(create());
        expect(failed.id).toBe(id);
        expect(failed.message).toMatch(`Session "dev" (${id}) runs, but is not ready: context ${contextId} at`);
        expect(failed.state.contextStatuses.map(({ status }) => status)).toEqual(["Failed"]);
    });

    it("is replaced by a new one if it ends while it is taken over", async () => {
        const { id } = await create({ labels: { team: "a" } });
        const setLabels = agb.client.setLabels.bind(agb.client);
        agb.client.setLabels = async (of, labels) => (await agb.release(of), setLabels(of, labels));
        const next = await create({ labels: { team: "b" } });
        expect(next.id).not.toBe(id);
        expect(await agb.sessions()).toEqual([next.id]);
    });

    it("stops the run if its labels cannot be read, because a second session could lose its data", async () => {
        const { id } = await create();
        agb.fault("GetLabel:InternalError:1:1");
        await expect(create()).rejects.toThrow(/AGB said: .+InternalError/);
        expect(await agb.sessions()).toEqual([id]);
    });

    it("is not taken over shortly before its end, but uploaded and released", async () => {
        const { id } = await create();
        await agb.writeFile(id, "/home/work/new.txt", "only here");
        const [entry = ""] = readdirSync(attemptsFolder());
        expect(entry).not.toBe("");
        const { id: next } = await withClock(21 * 60_000, () => create());
        expect(next).not.toBe(id);
        expect(await agb.sessions()).toEqual([next]);
        expect(await agb.readFile(next, "/home/work/new.txt")).toBe("only here");
    });
});

/** Runs something at a later time of this process. The service keeps its own. */
async function withClock<T>(laterMs: number, run: () => Promise<T>): Promise<T> {
    const now = Date.now;
    Date.now = () => now() + laterMs;
    try {
        return await run();
    } finally {
        Date.now = now;
    }
}

describe("a session that does not fit", () => {
    it("is uploaded and gone before the new one reads", async () => {
        const { id } = await create();
        await agb.writeFile(id, "/home/work/new.txt", "only here");
        const next = await create({ imageId: "agb-code-space-1" });
        expect(next.id).not.toBe(id);
        expect(await agb.sessions()).toEqual([next.id]);
        expect(await agb.readFile(next.id, "/home/work/new.txt")).toBe("only here");
        expect(reported.join("\n")).toContain(
            `Session "dev" (${id}) was created by an earlier run and is missing in the state. Its mounts are uploaded and it is released before a new session is created.`,
        );
    });

    it("stays, and no new one is created, if its upload fails; the next run repeats it", async () => {
        const { id } = await create();
        await agb.writeFile(id, "/home/work/new.txt", "only here");
        agb.fault("SyncContext:fail:1:1");
        await expect(create({ imageId: "agb-code-space-1" })).rejects.toThrow(
            new RegExp(
                `^Session "dev" was not created, because the session of an earlier run could not be ended: Session "dev" \\(${id}\\) was not released, so nothing is lost: the upload of /home/work`,
            ),
        );
        expect(await agb.sessions()).toEqual([id]);
        const next = await create({ imageId: "agb-code-space-1" });
        expect(await agb.readFile(next.id, "/home/work/new.txt")).toBe("only here");
    });

    it("never empties a context that it could not read", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/precious.txt", { text: "precious" });
        agb.fault("createSession:fail:1:1");
        await partialFailure(create());
        await expect(create({ imageId: "agb-code-space-1" })).rejects.toThrow(/could not be ended: .+ download/);
        expect(await agb.content(contextId, "/home/work/precious.txt")).toBe("precious");
        const { id } = await create({ imageId: "agb-code-space-1", forceDestroy: true });
        expect(await agb.readFile(id, "/home/work/precious.txt")).toBe("precious");
    });

    it("lets several end, the oldest first", async () => {
        const first = await create();
        const entries = readdirSync(attemptsFolder());
        expect(entries).toHaveLength(1);
        const journal = process.env.XDG_DATA_HOME;
        onAnotherMachine();
        const second = await create();
        const merged = attemptsFolder();
        for (const entry of entries) {
            writeFileSync(join(merged, entry), readFileSync(join(journal ?? "", "pulumi-agb", "attempts", entry)));
        }
        await agb.writeFile(first.id, "/home/work/a.txt", "old");
        await agb.writeFile(second.id, "/home/work/a.txt", "new");
        const third = await create();
        expect(await agb.sessions()).toEqual([third.id]);
        expect(await agb.readFile(third.id, "/home/work/a.txt")).toBe("new");
    });
});

describe("a session of someone else", () => {
    const warning = (id: string) =>
        `Session "dev": the account already runs ${id} for the same project, stack and name, created by another user, on another machine or in another folder. It is left alone. ` +
        `When it ends, AGB may upload /home/work to context ${contextId}, and replace newer files there. ` +
        `To end it now and keep the files that the contexts hold, run \`npx pulumi-agb session release ${id} --stack s\`.`;

    it("is left alone, and the warning says what its end does and how to end it now", async () => {
        const { id: other, state } = await create({ labels: { team: "a" } });
        onAnotherMachine();
        const { id } = await create();
        expect(reported).toContain(warning(other));
        expect((await agb.sessions()).sort()).toEqual([other, id].sort());
        expect(await agb.client.getLabels(other)).toEqual(state.allLabels);
    });

    it("that has no mounts replaces no file when it ends", async () => {
        const { id } = await create({ contextSyncs: [] });
        onAnotherMachine();
        await create();
        const warnings = reported.filter((line) => line.includes(`already runs ${id}`));
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toContain("It is left alone. To end it now");
    });

    it("may also be that of a stack with the same name in another backend", async () => {
        const { id: other } = await create();
        process.env.PULUMI_BACKEND_URL = "file:///elsewhere";
        try {
            await create();
        } finally {
            delete process.env.PULUMI_BACKEND_URL;
        }
        expect(reported).toContain(warning(other));
        expect(await agb.sessions()).toContain(other);
    });

    it("is no reason to warn if it belongs to a resource of the same name below another component", async () => {
        const nested = { __origin: { ...origin, parents: ["other"] } };
        const { id: other } = await create(nested);
        const { id } = await create();
        expect(reported.filter((line) => line.includes("already runs"))).toEqual([]);
        expect((await agb.sessions()).sort()).toEqual([other, id].sort());
    });

    it("that ends before its mounts are looked at is ignored", async () => {
        await create();
        onAnotherMachine();
        const getSyncTasks = agb.client.getSyncTasks.bind(agb.client);
        agb.client.getSyncTasks = async (id) => {
            agb.client.getSyncTasks = getSyncTasks;
            await agb.release(id);
            return getSyncTasks(id);
        };
        const { id } = await create();
        expect(await agb.sessions()).toEqual([id]);
        expect(reported.filter((line) => line.includes("already runs"))).toEqual([]);
    });

    it("that ends while it is looked at is ignored", async () => {
        const { id: other } = await create();
        const getLabels = agb.client.getLabels.bind(agb.client);
        agb.client.getLabels = async (id) => (await agb.release(id), getLabels(id));
        const { id } = await create();
        expect(id).not.toBe(other);
        expect(reported.filter((line) => line.includes("already runs"))).toEqual([]);
    });
});

describe("a session that a replacement has left running, as with retainOnDelete", () => {
    it("is a predecessor, although this deployment has compared it", async () => {
        const { id, state } = await create();
        const account = nextRun();
        const inputs = inputsOf({ imageId: "agb-browser-use-1" });
        const { replaces } = await sessionHandlers.diff({ id, state, inputs, account });
        expect(replaces).toEqual(["imageId"]);
        const created = await sessionHandlers.create({ inputs, account });
        expect(await agb.sessions()).toEqual([created.id]);
        expect(reported.join("\n")).toContain(`Session "dev" (${id}) was created by an earlier run`);
    });
});

describe("the journal", () => {
    it("costs one listing for a deployment if there is no predecessor", async () => {
        const called: string[] = [];
        const listSessions = agb.client.listSessions.bind(agb.client);
        const getLabels = agb.client.getLabels.bind(agb.client);
        agb.client.listSessions = (labels) => (called.push("listSessions"), listSessions(labels));
        agb.client.getLabels = (id) => (called.push("getLabels"), getLabels(id));
        await create();
        expect(called).toEqual(["listSessions"]);
    });

    it("is readable only by the user, and contains nothing in plain text", async () => {
        await create({ labels: { token: "a secret label" } });
        const [entry = ""] = readdirSync(attemptsFolder());
        const file = join(attemptsFolder(), entry);
        expect(statSync(attemptsFolder()).mode & 0o777).toBe(0o700);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        const content = readFileSync(file, "latin1");
        for (const text of ["a secret label", contextId, "/home/work", "dev"]) expect(content).not.toContain(text);
    });

    it("tightens a folder that others can read, and forgets attempts whose sessions have ended", async () => {
        mkdirSync(attemptsFolder(), { recursive: true, mode: 0o755 });
        const outdated = join(attemptsFolder(), "outdated");
        writeFileSync(outdated, "");
        utimesSync(outdated, new Date(), new Date(Date.now() - 61 * 60_000));
        await create();
        expect(readdirSync(attemptsFolder())).toHaveLength(1);
        expect(readdirSync(attemptsFolder())).not.toContain("outdated");
        expect(statSync(attemptsFolder()).mode & 0o777).toBe(0o700);
    });

    it("that cannot be written is reported, and does not stop the deployment", async () => {
        writeFileSync(join(process.env.XDG_DATA_HOME ?? "", "pulumi-agb"), "in the way");
        const { id } = await create();
        expect(await agb.sessions()).toEqual([id]);
        expect(reported).toContain(
            `The folder ${attemptsFolder()} is not writable (ENOTDIR). If this run is interrupted, the next one cannot recognize the sessions that it has created.`,
        );
    });

    it("does not recognize a session by a truncated entry", async () => {
        const { id } = await create();
        const [entry = ""] = readdirSync(attemptsFolder());
        writeFileSync(join(attemptsFolder(), entry), "half");
        expect((await create()).id).not.toBe(id);
        expect(reported.join("\n")).toContain(`already runs ${id}`);
    });
});

describe("an unconfirmed creation", () => {
    /** Lets something happen once `createSession` is called, after the look for predecessors. */
    function onCreate(client: AgbClient, then: () => void): void {
        const createSession = client.createSession.bind(client);
        client.createSession = (request) => (then(), createSession(request));
    }

    it("is found although AGB refuses to list sessions for a while", async () => {
        agb.fault("createSession:after:1:1");
        onCreate(agb.client, () => agb.fault("ListSession:InternalError:1:5"));
        const { id } = await create();
        expect(await agb.sessions()).toEqual([id]);
    });

    it("is found if AGB answers with success and no session, or denies that there is one", async () => {
        const createSession = agb.client.createSession.bind(agb.client);
        for (const message of ["no session was created", "the pool is busy"]) {
            agb.client.createSession = async (request) => {
                await createSession(request);
                throw new AgbApiError("createSession", "", message, 200, "", true);
            };
            const { id } = await create({ __origin: originOf(message) });
            expect(await agb.sessions({ "pulumi-name": message })).toEqual([id]);
        }
    });

    it("that is listed too late fails, and the next run takes the session over", async () => {
        const createSession = agb.client.createSession.bind(agb.client);
        let arrived: Promise<unknown> | undefined;
        agb.client.createSession = (request) => {
            arrived ??= sleep(agb.client.timings.lostSessionMs + 200).then(() => createSession(request));
            return Promise.reject(new AgbConnectionError("createSession", "The connection was lost.", true));
        };
        await expect(create()).rejects.toThrow(
            /^Session "dev" could not be created from image "agb-code-space-2": The connection was lost\. No session from this attempt was found\. If there is one, the next `pulumi up` on this machine takes it over, or uploads and releases it\.$/,
        );
        await arrived;
        const [id] = await agb.sessions();
        expect((await create()).id).toBe(id);
        expect(await agb.sessions()).toEqual([id]);
    });

    it("that cannot be looked for until the deadline says so", async () => {
        agb.fault("createSession:after:1:1");
        onCreate(agb.client, () => agb.fault("ListSession:InternalError:1"));
        await expect(create({ __timeouts: { create: "600ms" } })).rejects.toThrow(
            /Whether it created a session is not known, because the sessions could not be listed: AGB said: .+ If there is one, the next `pulumi up`/,
        );
    });
});
