/** What a program can ask AGB for, against the local AGB. */
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { root, run } from "../support/engines";
import type * as Agb from "../../provider";

let agb: typeof Agb;
let account: TestAgb;
let contextId: string;
let sessionId: string;

/** Sets what `pulumi config set` would. */
const configure = (settings: Record<string, string>) =>
    pulumi.runtime.setAllConfig(
        Object.fromEntries(Object.entries(settings).map(([key, value]) => [`agb:${key}`, value])),
        ["agb:apiKey"],
    );
const useAccount = () => configure({ endpoint: account.local.endpoint, apiKey: account.local.apiKey });

beforeAll(async () => {
    await pulumi.runtime.setMocks(
        { newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs as object }), call: () => ({}) },
        "project",
        "stack",
    );
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
    it("finds a context by its name and by its id", async () => {
        const found = await agb.getContext({ name: "notes" });
        expect(found).toMatchObject({ id: contextId, name: "notes", state: "available" });
        expect(await agb.getContext({ id: contextId })).toEqual(found);
        expect(await value(agb.getContextOutput({ id: pulumi.output(Promise.resolve(contextId)) }).name)).toBe("notes");
    });

    it.each([[{}], [{ name: "" }], [{ name: "notes", id: "SdkCtx-1" }]])(
        "wants one of name and id, not %o",
        async (args) => {
            await expect(agb.getContext(args)).rejects.toThrow(
                /^getContext: give the name or the id of a context, one of the two\.$/,
            );
        },
    );

    it.each([
        ["name", "nowhere"],
        ["id", "SdkCtx-none"],
    ])(
        "says in one line of which %s there is none, as an error that Pulumi prints without a stack",
        async (key, text) => {
            const message = `The context with the ${key} "${text}" could not be looked up: AGB has none in this account. Check it, and whether agb:apiKey and agb:endpoint name the right account.`;
            const error = await agb.getContext({ [key]: text }).catch((e: unknown) => e);
            expect(pulumi.RunError.isInstance(error)).toBe(true);
            expect(error).toMatchObject({ message, stack: message });
        },
    );
});

describe("listContexts", () => {
    it("gives every context of the account, over all pages", async () => {
        const names = Array.from({ length: 55 }, (_, i) => `bulk-${i}`);
        await Promise.all(names.map((name) => account.client.ensureContext(name)));
        const listed = await agb.listContexts();
        expect(listed.map(({ name }) => name).sort()).toEqual(["notes", ...names].sort());
        expect(await value(agb.listContextsOutput())).toEqual(listed);
    });
});

describe("getSession", () => {
    it("gives status and labels as a promise, and nothing that gives access", async () => {
        expect(await agb.getSession({ sessionId })).toEqual({
            sessionId,
            status: "RUNNING",
            labels: { team: "agents" },
        });
    });

    it("gives access as an output, as secrets, beside a status and an id that can be read", async () => {
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

    it("keeps all of it secret where the id is a secret", async () => {
        expect(await pulumi.isSecret(agb.getSessionOutput({ sessionId: pulumi.secret(sessionId) }).status)).toBe(true);
    });

    it("says of which session there is none, and why that is common", async () => {
        await expect(agb.getSession({ sessionId: "session-none" })).rejects.toThrow(
            /^Session "session-none" could not be looked up: AGB said: .+ \(InvalidMcpSession\.NotFound, request [\w-]+\)\. Check the id: AGB releases sessions that idle, and all after 30 minutes\.$/,
        );
        await expect(agb.getSession({ sessionId: "" })).rejects.toThrow(
            'Session "" could not be looked up: give the id of a session as sessionId.',
        );
    });
});

describe("listSessions", () => {
    it("gives the running sessions that carry all the labels", async () => {
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
        expect(await ids({ team: "nobody" })).toEqual([]);
        expect(await value(agb.listSessionsOutput({ labels: { stage: pulumi.output("test") } }))).toEqual([
            { sessionId: both.sessionId, status: "RUNNING" },
        ]);
        await account.release(both.sessionId);
        expect(await ids({ stage: "test" })).toEqual([]);
    });

    it("refuses a label that AGB would refuse", async () => {
        await expect(agb.listSessions({ labels: { team: "" } })).rejects.toThrow(
            'listSessions: the label "team" is "": give texts that are not empty.',
        );
    });
});

describe("getSyncStatus", () => {
    it("gives the last sync of each mount and direction, and all in one word", async () => {
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

    it("says of which session there is none", async () => {
        await expect(agb.getSyncStatus({ sessionId: "session-none" })).rejects.toThrow(
            /^The syncs of session "session-none" could not be looked up: AGB said: .+ Check the id: /,
        );
    });
});

describe("every function", () => {
    it("asks nothing while an input is unknown", async () => {
        const unknown = pulumi.output(pulumi.unknown as string);
        await pulumi.runtime.setMocks(
            { newResource: () => ({ id: "id", state: {} }), call: () => ({}) },
            "project",
            "stack",
            true,
        );
        configure({ endpoint: "http://127.0.0.1:9", apiKey: "k" });
        const asked = [
            agb.getContextOutput({ name: unknown }),
            agb.getSessionOutput({ sessionId: unknown }),
            agb.listSessionsOutput({ labels: { unknown } }),
            agb.getSyncStatusOutput({ sessionId: unknown }),
        ];
        for (const output of asked)
            expect(await (output as unknown as { isKnown: Promise<boolean> }).isKnown).toBe(false);
    });

    it("says that the key is missing, and how to give one", async () => {
        configure({});
        await expect(agb.listContexts()).rejects.toThrow(
            /^The contexts could not be listed: there is no API key for AGB\. Give one with `pulumi config set --secret agb:apiKey`/,
        );
    });

    it("says that the key is wrong, without showing it", async () => {
        configure({ endpoint: account.local.endpoint, apiKey: "a-wrong-key" });
        const error = await agb.getContext({ name: "notes" }).catch((e: unknown) => e);
        expect(error).toMatchObject({
            message: expect.stringMatching(
                /^The context with the name "notes" could not be looked up: AGB does not accept the API key: .+ Check agb:apiKey or AGB_API_KEY/,
            ) as string,
        });
        expect((error as Error).message).not.toContain("a-wrong-key");
    });

    it("follows the configuration from call to call", async () => {
        const other = await startTestAgb();
        configure({ endpoint: other.local.endpoint, apiKey: other.local.apiKey });
        expect(await agb.listContexts()).toEqual([]);
        await other.close();
        useAccount();
        expect((await agb.getContext({ name: "notes" })).id).toBe(contextId);
    });

    it("lets the program end: an open connection does not hold it", async () => {
        const program = `require("${root}").getContext({ name: "notes" }).then(({ id }) => console.log(id))`;
        const { text, exit } = await run([process.execPath, "-e", program], {
            cwd: root,
            env: { ...process.env, ...account.env },
        });
        expect([text.trim(), exit]).toEqual([contextId, 0]);
    });
});
