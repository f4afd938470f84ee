/** The functions that query AGB, against the local AGB. */
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { root } from "../support/engines";
import { run } from "../support/processes";
import { sendJson, startStubService } from "../support/stubService";
import type * as Agb from "../../provider";

let agb: typeof Agb;
let account: TestAgb;
let contextId: string;
let sessionId: string;

/** Sets configuration values as `pulumi config set` does. */
const configure = (settings: Record<string, string>) =>
    pulumi.runtime.setAllConfig(
        Object.fromEntries(Object.entries(settings).map(([key, value]) => [`agb:${key}`, value])),
        ["agb:apiKey"],
    );
const useAccount = () => configure({ endpoint: account.local.endpoint, apiKey: account.local.apiKey });

/** Mocks let a program run without an engine. Here, the functions are to query an account all the same. */
async function runWithoutEngine(isPreview = false): Promise<void> {
    const mocks = { newResource: () => ({ id: "id", state: {} }), call: () => ({}) };
    await pulumi.runtime.setMocks(mocks, "project", "stack", isPreview);
    delete (pulumi.runtime.getMonitor() as { mocks?: unknown }).mocks;
}

beforeAll(async () => {
    await runWithoutEngine();
    agb = await import("../../provider/index.js");
    account = await startTestAgb({ toolLink: true });
    ({ id: contextId } = await account.client.ensureContext("notes"));
    ({ sessionId } = await account.client.createSession({
        imageId: "agb-code-space-2",
        labels: { team: "agents" },
        mounts: [{ contextId, path: "/home/notes", policy: "{}" }],
    }));
});
afterAll(() => account.close());
beforeEach(useAccount);

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply((known) => resolve(known)));

describe("getContext", () => {
    it("finds a context by name and by id", async () => {
        const found = await agb.getContext({ name: "notes" });
        expect(found).toMatchObject({ id: contextId, name: "notes", state: "available" });
        expect(await agb.getContext({ id: contextId })).toEqual(found);
        expect(await value(agb.getContextOutput({ id: pulumi.output(Promise.resolve(contextId)) }).name)).toBe("notes");
    });

    it("looks for a name in the given region only", async () => {
        const { id } = await account.client.ensureContext("notes", "ap-southeast-1");
        expect(await agb.getContext({ name: "notes", region: "ap-southeast-1" })).toMatchObject({ id });
        expect(await agb.getContext({ name: "notes", region: "" })).toMatchObject({ id: contextId });
        await expect(agb.getContext({ name: "notes", region: "eu-central-1" })).rejects.toThrow(/no such context/);
        await account.client.deleteContext(id);
    });

    it.each([[{}], [{ name: "" }], [{ name: "notes", id: "SdkCtx-1" }]])(
        "requires exactly one of name and id, not %o",
        async (args) => {
            await expect(agb.getContext(args as never)).rejects.toThrow(
                /^The context .+ could not be looked up: specify exactly one of name and id\.$/,
            );
        },
    );

    it.each([
        ["name", "nowhere", "named"],
        ["id", "SdkCtx-none", "with the id"],
    ])(
        "reports an unknown %s in one line, as an error that Pulumi prints without a stack",
        async (key, text, words) => {
            const message = `The context ${words} "${text}" could not be looked up: the account has no such context. Check the ${key}, and check that agb:apiKey and agb:endpoint refer to the right account.`;
            const error = await agb.getContext({ [key]: text } as never).catch((e: unknown) => e);
            expect(pulumi.RunError.isInstance(error)).toBe(true);
            expect(error).toMatchObject({ message, stack: message });
        },
    );
});

describe("listContexts", () => {
    it("returns every context in the account, across pages", async () => {
        const names = Array.from({ length: 55 }, (_, i) => `bulk-${i}`);
        await Promise.all(names.map((name) => account.client.ensureContext(name)));
        const listed = await agb.listContexts();
        expect(listed.map(({ name }) => name).sort()).toEqual(["notes", ...names].sort());
        expect(await value(agb.listContextsOutput())).toEqual(listed);
    });
});

describe("getSession", () => {
    it("returns status and labels as a promise, without access data", async () => {
        expect(await agb.getSession({ sessionId })).toEqual({
            sessionId,
            status: "RUNNING",
            labels: { team: "agents" },
        });
    });

    it("returns access data as secret outputs, and a status and an id that are not secret", async () => {
        const session = agb.getSessionOutput({ sessionId });
        const { token, resourceUrl } = await account.client.getSession(sessionId);
        expect(token).toBeTruthy();
        expect([await value(session.token), await value(session.resourceUrl), await value(session.status)]).toEqual([
            token,
            resourceUrl,
            "RUNNING",
        ]);
        const secrets: pulumi.Output<unknown>[] = [
            session,
            session.token,
            session.resourceUrl,
            session.linkUrl,
            session.wsUrl,
            session.labels,
        ];
        for (const secret of secrets) expect(await pulumi.isSecret(secret)).toBe(true);
        for (const plain of [session.sessionId, session.status]) expect(await pulumi.isSecret(plain)).toBe(false);
    });

    it("asks for the status if AGB's answer about the session lacks it", async () => {
        const stub = await startStubService();
        stub.respond(({ url }, response) => {
            const data = url.endsWith("/getSessionInfo") ? { status: "RUNNING" } : { sessionId: "s", labels: "{}" };
            sendJson(response, { success: true, data });
        });
        configure({ endpoint: stub.endpoint, apiKey: "k" });
        expect((await agb.getSession({ sessionId: "s" })).status).toBe("RUNNING");
        stub.respond(({ url }, response) => {
            const isInfo = url.endsWith("/getSessionInfo");
            sendJson(response, {
                success: true,
                data: { sessionId: "s", labels: "{}", status: isInfo ? "x" : "IDLE" },
            });
        });
        expect((await agb.getSession({ sessionId: "s" })).status).toBe("IDLE");
        stub.close();
    });

    it("says nothing about its end if a session still runs, or if AGB's answer cannot be read", async () => {
        account.fault("getSession:InternalError:1:1");
        await expect(agb.getSession({ sessionId })).rejects.toThrow(/InternalError, request [\w-]+\)\.$/);
        account.fault("GetContextInfo:html:1:1");
        const failure = agb.getSyncStatus({ sessionId });
        await expect(failure).rejects.toThrow(/could not be looked up/);
        await expect(failure).rejects.not.toThrow(/Check the id/);
        account.local.faults.splice(0);
    });

    it("keeps every property secret if the id is secret", async () => {
        expect(await pulumi.isSecret(agb.getSessionOutput({ sessionId: pulumi.secret(sessionId) }).status)).toBe(true);
    });

    it("reports an unknown session, and why sessions disappear", async () => {
        await expect(agb.getSession({ sessionId: "session-none" })).rejects.toThrow(
            /^Session "session-none" could not be looked up: AGB said: .+ \(InvalidMcpSession\.NotFound, request [\w-]+\)\. Check the id\. AGB releases idle sessions early, and every session after 30 minutes\.$/,
        );
        await expect(agb.getSession({ sessionId: "" })).rejects.toThrow(
            'Session "" could not be looked up: specify the id of a session as sessionId.',
        );
    });
});

describe("listSessions", () => {
    it("returns the running sessions that have all the labels", async () => {
        const both = await account.client.createSession({
            imageId: "agb-code-space-2",
            labels: { team: "agents", stage: "test" },
            mounts: [],
        });
        const ids = async (labels?: Record<string, string>) =>
            (await agb.listSessions(labels && { labels })).map((session) => session.sessionId).sort();
        expect(await ids()).toEqual([sessionId, both.sessionId].sort());
        expect(await ids({ team: "agents" })).toEqual([sessionId, both.sessionId].sort());
        expect(await ids({ team: "agents", stage: "test" })).toEqual([both.sessionId]);
        expect(await ids({ team: "unknown" })).toEqual([]);
        expect(await value(agb.listSessionsOutput({ labels: { stage: pulumi.output("test") } }))).toEqual([
            { sessionId: both.sessionId, status: "RUNNING" },
        ]);
        await account.release(both.sessionId);
        expect(await ids({ stage: "test" })).toEqual([]);
    });

    it("rejects a label that AGB would reject", async () => {
        await expect(agb.listSessions({ labels: { team: "" } })).rejects.toThrow(
            'The sessions with the labels {"team":""} could not be listed: the label "team" is "". Keys and values of labels must be non-empty strings.',
        );
        await expect(agb.listSessions({ labels: { "": "agents" } })).rejects.toThrow(/: the label "" is "agents"\. /);
        const labels = { stage: "test", team: 1 } as object as Record<string, string>;
        await expect(agb.listSessions({ labels })).rejects.toThrow(/: the label "team" is 1\. /);
    });
});

describe("getSyncStatus", () => {
    it("returns the latest sync of each mount and direction, and a summary", async () => {
        await account.client.startSync(sessionId, "upload");
        const uploaded = async () => (await agb.getSyncStatus({ sessionId, mode: "upload" })).syncStatus;
        await expect.poll(uploaded).toBe("Success");
        const { syncStatus, contextStatuses } = await agb.getSyncStatus({ sessionId });
        expect(syncStatus).toBe("Success");
        expect(contextStatuses.map(({ taskType }) => taskType).sort()).toEqual(["download", "upload"]);
        expect(contextStatuses[0]).toMatchObject({
            contextId,
            path: "/home/notes",
            status: "Success",
            errorMessage: "",
        });
        expect(await value(agb.getSyncStatusOutput({ sessionId, mode: "download" }).contextStatuses)).toEqual(
            contextStatuses.filter(({ taskType }) => taskType === "download"),
        );
    });

    it("reports an unknown session", async () => {
        await expect(agb.getSyncStatus({ sessionId: "session-none" })).rejects.toThrow(
            /^The syncs of session "session-none" could not be looked up: AGB said: .+ Check the id\. /,
        );
    });
});

describe("every function", () => {
    it("sends no query while an input is unknown", async () => {
        const unknown = pulumi.output(pulumi.unknown as string);
        await runWithoutEngine(true);
        configure({ endpoint: "http://127.0.0.1:9", apiKey: "k" });
        const outputs = [
            agb.getContextOutput({ name: unknown }),
            agb.getSessionOutput({ sessionId: unknown }),
            agb.listSessionsOutput({ labels: { unknown } }),
            agb.getSyncStatusOutput({ sessionId: unknown }),
        ];
        for (const output of outputs) {
            expect(await (output as unknown as { isKnown: Promise<boolean> }).isKnown).toBe(false);
        }
    });

    it("reports a missing key, and how to set one", async () => {
        configure({});
        await expect(agb.listContexts()).rejects.toThrow(
            /^The contexts could not be listed: there is no API key for AGB\. Set one with `pulumi config set --secret agb:apiKey`/,
        );
    });

    it("reports a wrong key without revealing it", async () => {
        configure({ endpoint: account.local.endpoint, apiKey: "a-wrong-key" });
        const error = await agb.getContext({ name: "notes" }).catch((e: unknown) => e);
        expect(error).toMatchObject({
            message: expect.stringMatching(
                /^The context named "notes" could not be looked up: AGB does not accept the API key: .+ Check agb:apiKey or AGB_API_KEY/,
            ) as string,
        });
        expect((error as Error).message).not.toContain("a-wrong-key");
    });

    it("uses the configuration that is current at each call", async () => {
        const other = await startTestAgb();
        configure({ endpoint: other.local.endpoint, apiKey: other.local.apiKey });
        expect(await agb.listContexts()).toEqual([]);
        await other.close();
        useAccount();
        expect((await agb.getContext({ name: "notes" })).id).toBe(contextId);
    });

    it("lets the program exit despite an open connection", async () => {
        const program = `require("${root}").getContext({ name: "notes" }).then(({ id }) => console.log(id))`;
        const { text, exit } = await run([process.execPath, "-e", program], {
            cwd: root,
            env: { ...process.env, ...account.env },
        });
        expect([text.trim(), exit]).toEqual([contextId, 0]);
    });
});
