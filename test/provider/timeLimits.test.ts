/** The option `customTimeouts` limits each operation as a whole, and the error names the resource and the slow call. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbClient } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { contextHandlers } from "../../provider/handlers/context";
import { contextFileHandlers } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers } from "../../provider/handlers/files/contextFolder";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { syncHandlers } from "../../provider/handlers/sync";
import { Deployment, type AnyHandlers } from "../faults/deployment";
import { SHORT_TIMINGS, startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, recordingReporter } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

/** Much shorter than the limit of a single call. */
const LIMIT = "300ms";
const CALL_TIMEOUT_MS = 3000;
const NO_LIMIT = "60s";

const { reporter, lines } = recordingReporter();
let agb: TestAgb;
let client: AgbClient;
let account: Account;
let contextId: string;
beforeEach(async () => {
    process.env.XDG_DATA_HOME = tempFolder("limits");
    lines.splice(0);
    agb = await startTestAgb();
    const { endpoint, apiKey } = agb.local;
    client = new AgbClient({ endpoint, apiKey, timeoutMs: CALL_TIMEOUT_MS }, SHORT_TIMINGS);
    account = nextRun();
    contextId = (await agb.client.ensureContext("shared")).id;
});
afterEach(async () => {
    void client.close();
    await agb.close();
});

const nextRun = () => accountOf(client, reporter);
const tooLong = (call: string, setting: string) =>
    `AGB did not complete ${call} in time: the operation is limited to 0.3 s (${setting}).`;

interface Resource {
    handlers: unknown;
    declared: () => Record<string, unknown>;
    changed?: () => Record<string, unknown>;
}
const RESOURCES: Record<string, Resource> = {
    Context: {
        handlers: contextHandlers,
        declared: () => ({ name: "work" }),
        changed: () => ({ name: "renamed" }),
    },
    ContextFile: {
        handlers: contextFileHandlers,
        declared: () => ({ contextId, path: "/home/work/a.txt", content: "a" }),
        changed: () => ({ contextId, path: "/home/work/a.txt", content: "other" }),
    },
    ContextFolder: {
        handlers: contextFolderHandlers,
        declared: () => ({ contextId, path: "/home/work/data", source: sourceOf("a") }),
        changed: () => ({ contextId, path: "/home/work/data", source: sourceOf("other") }),
    },
    Session: { handlers: sessionHandlers, declared: () => ({ imageId: "agb-code-space-2" }) },
    Sync: { handlers: syncHandlers, declared: () => ({ sessionId: "session-none" }) },
};

function sourceOf(text: string): string {
    const folder = join(tempFolder("source"), text);
    mkdirSync(folder);
    writeFileSync(join(folder, "file.txt"), text);
    return folder;
}

const deploymentOf = (type: string) => new Deployment(RESOURCES[type]?.handlers as AnyHandlers, "it");
const declaredBy = (type: string) => RESOURCES[type]?.declared() ?? {};

/** A deployed resource. */
async function deployed(type: string): Promise<Deployment> {
    const deployment = deploymentOf(type);
    await deployment.up(declaredBy(type), account, NO_LIMIT);
    return deployment;
}

describe("an operation ends at its limit, with one line that names the resource and the slow call:", () => {
    it.each([
        ["Context", "GetContext"],
        ["ContextFile", "DescribeContextFiles"],
        ["ContextFile", "GetContextFileUploadUrl"],
        ["ContextFolder", "DescribeContextFiles"],
        ["ContextFolder", "GetContextFileUploadUrl"],
    ])("create of a %s, %s", async (type, call) => {
        const deployment = deploymentOf(type);
        agb.fault(`${call}:hang:1`);
        const failure = await deployment.up(declaredBy(type), account, LIMIT).catch(String);
        expect(failure).toMatch(new RegExp(`${type} "it".* could not be .+`));
        expect(failure).toContain(tooLong(call, "customTimeouts.create"));
        agb.local.faults.splice(0);
        expect(await deployment.up(declaredBy(type), nextRun(), NO_LIMIT)).toMatch(/create|update/);
    });

    it.each([
        ["Context", "ModifyContext"],
        ["ContextFile", "GetContextFileUploadUrl"],
        ["ContextFolder", "GetContextFileUploadUrl"],
    ])("update of a %s, %s", async (type, call) => {
        const deployment = await deployed(type);
        const changed = RESOURCES[type]?.changed?.() ?? {};
        agb.fault(`${call}:hang:1`);
        const failure = await deployment.up(changed, account, LIMIT).catch(String);
        expect(failure).toMatch(new RegExp(`${type} "it".* could not be .+`));
        expect(failure).toContain(tooLong(call, "customTimeouts.update"));
        agb.local.faults.splice(0);
        expect(await deployment.up(changed, nextRun(), NO_LIMIT)).toBe("update");
    });

    it.each([
        ["Context", "DescribeContextFiles"],
        ["Context", "DeleteContext"],
        ["ContextFile", "DeleteContextFile"],
        ["ContextFolder", "DeleteContextFile"],
    ])("delete of a %s, %s", async (type, call) => {
        const deployment = await deployed(type);
        deployment.limitDelete(LIMIT);
        agb.fault(`${call}:hang:1`);
        const failure = await deployment.destroy(nextRun()).catch(String);
        expect(failure).toMatch(new RegExp(`${type} "it".* (?:could not|was not) be?.+`));
        expect(failure).toContain(tooLong(call, "customTimeouts.delete"));
        agb.local.faults.splice(0);
        deployment.limitDelete(NO_LIMIT);
        await deployment.destroy(nextRun());
        expect(await agb.files(contextId)).toEqual([]);
    });

    it.each([
        ["Context", "GetContext"],
        ["ContextFile", "DescribeContextFiles"],
        ["ContextFolder", "DescribeContextFiles"],
        ["Session", "getSessionInfo"],
        ["Session", "ListSession"],
        ["Session", "GetLabel"],
    ])("refresh of a %s, %s", async (type, call) => {
        const deployment = await deployed(type);
        deployment.limitDelete(LIMIT);
        agb.fault(`${call}:hang:1`);
        const failure = await deployment.refresh(nextRun()).catch(String);
        expect(failure).toMatch(new RegExp(`${type} "it".* could not be .+`));
        expect(failure).toContain(tooLong(call, "customTimeouts"));
    });

    it.each(["ContextFile", "ContextFolder"])("refresh of a %s that has to be read again", async (type) => {
        const deployment = await deployed(type);
        const [path = ""] = await agb.files(contextId);
        await agb.client.uploadContextFile(contextId, path, { text: "b" });
        deployment.limitDelete(LIMIT);
        agb.fault("objects:hang:1");
        await expect(deployment.refresh(nextRun())).rejects.toThrow(
            new RegExp(
                `^${type} "it" .+ could not be read: (?:AGB did not complete|The download was canceled because it did not finish in time)`,
            ),
        );
    });
});

describe("the limit", () => {
    it("covers many calls, although each is fast enough", async () => {
        const deployment = await deployed("Context");
        // A folder is listed only after the one that contains it.
        const path = Array.from({ length: 20 }, (_, depth) => `/${depth}`).join("");
        await agb.client.uploadContextFile(deployment.id, `/home/work${path}/file.txt`, { text: "" });
        deployment.limitDelete(LIMIT);
        agb.fault("DescribeContextFiles:delay=50:1");
        await expect(deployment.destroy(account)).rejects.toThrow(
            `Context "it" (${deployment.id}) was not deleted, because it could not be checked for files: ${tooLong("DescribeContextFiles", "customTimeouts.delete")}`,
        );
    });

    it("covers the pauses between attempts", async () => {
        const deployment = await deployed("Context");
        deployment.limitDelete(LIMIT);
        agb.fault("DeleteContext:429=86400:1");
        await expect(deployment.destroy(account)).rejects.toThrow(tooLong("DeleteContext", "customTimeouts.delete"));
        expect(await agb.contexts()).toContain(deployment.id);
    });

    it("of one resource does not end a listing that another one waits for", async () => {
        const files = ["a.txt", "b.txt"].map((file) => ({
            deployment: new Deployment(contextFileHandlers as unknown as AnyHandlers, file),
            declared: { contextId, path: `/home/work/${file}`, content: file },
        }));
        for (const { deployment, declared } of files) await deployment.up(declared, account, NO_LIMIT);
        const [first, second] = files;
        agb.fault("DescribeContextFiles:delay=600:1");
        const later = nextRun();
        const outcomes = await Promise.allSettled([
            first?.deployment.up(first.declared, later, LIMIT),
            second?.deployment.up(second.declared, later, NO_LIMIT),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    });

    it("does not keep a session that AGB did not confirm from being found", async () => {
        const deployment = deploymentOf("Session");
        agb.fault("createSession:reset-after:1:1");
        agb.fault("ListSession:delay=400:1:2");
        await deployment.up(declaredBy("Session"), account, LIMIT);
        expect(await agb.sessions()).toEqual([deployment.id]);
    });

    it("of a deletion is stored by an update that changes nothing else, so it applies to the next destroy", async () => {
        for (const type of ["Context", "ContextFile", "ContextFolder", "Session"]) {
            const deployment = await deployed(type);
            const declared = declaredBy(type);
            expect(await deployment.up(declared, account, "61s")).toBe("update");
            expect(deployment.outputs.__timeouts).toEqual({ create: "61s", update: "61s", delete: "61s" });
            expect(await deployment.up(declared, account, "61s")).toBe("same");
        }
    });
});
