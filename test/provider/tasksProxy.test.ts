/** What a deployment sees through the proxy that lists sync tasks differently. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { SyncMode, type SyncTask } from "../../provider/agb";
import { startTestAgb, type TestAgb } from "../support/agb";
import { startTasksProxy, type TasksProxy } from "../support/tasksProxy";

let agb: TestAgb;
let proxy: TasksProxy;
let sessionId: string;
let contextId: string;

beforeEach(async () => {
    agb = await startTestAgb();
    proxy = await startTasksProxy(agb.local);
    contextId = (await proxy.client.ensureContext("work")).id;
    const mounts = [{ contextId, path: "/home/work", policy: "{}" }];
    sessionId = (await proxy.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts })).sessionId;
    await agb.local.whenIdle();
});
afterEach(async () => {
    await proxy.close();
    await agb.close();
});

/** The listing as it is sent, because the client drops what is not the latest. */
async function listed(): Promise<string[]> {
    const url = `${proxy.endpoint}/sdk/GetContextInfo?sessionId=${sessionId}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${agb.local.apiKey}` } });
    const { data } = (await answer.json()) as { data: { contextStatus: string } };
    const entries = JSON.parse(data.contextStatus || "[]") as { data: string }[];
    const tasks = entries.flatMap((entry) => JSON.parse(entry.data) as SyncTask[]);
    return tasks.map(({ taskType, status }) => `${taskType} ${status}`);
}

it("passes on every call, with uploads and downloads of files", async () => {
    await proxy.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "a" });
    expect(await agb.content(contextId, "/home/work/a.txt")).toBe("a");
    expect(await listed()).toEqual(["download Success"]);
});

it("lists new tasks late, and until then what was listed before", async () => {
    proxy.listing = { mode: "late", looks: 1 };
    expect([await listed(), await listed()]).toEqual([[], ["download Success"]]);
    await proxy.client.startSync(sessionId, SyncMode.Upload);
    await agb.local.whenIdle();
    expect([await listed(), await listed()]).toEqual([["download Success"], ["download Success", "upload Success"]]);
});

it("lists older tasks with another outcome, forgets finished ones, lists none, or nothing readable", async () => {
    proxy.listing = { mode: "history" };
    expect(await listed()).toEqual(["download Failed", "download Success", "download Failed"]);
    proxy.listing = { mode: "forgotten" };
    expect([await listed(), await listed()]).toEqual([["download Success"], []]);
    proxy.listing = { mode: "missing" };
    expect(await listed()).toEqual([]);
    proxy.listing = { mode: "unreadable" };
    await expect(proxy.client.getSyncTasks(sessionId)).rejects.toThrow(/cannot be read/);
});
