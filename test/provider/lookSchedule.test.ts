/** How often the waits for one session look at its syncs, and how late they notice the end of one. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_TIMINGS, SessionSyncs, type AgbClient, type SyncTask } from "../../provider/agb";
import { pollUntil } from "../../provider/agb/polling";

const MOUNT = { contextId: "SdkCtx-1", path: "/home/work" };
const FAR = 3600_000;

/** When each look began, in milliseconds since the start. */
let looks: number[];
let endsAt: number;
let tasks: SyncTask[];
let startedAt: number;
const elapsed = () => Date.now() - startedAt;

/** The part of a client that waits use. A fake clock cannot drive a server. */
const client = {
    timings: DEFAULT_TIMINGS,
    getSyncTasks: () => {
        looks.push(elapsed());
        for (const task of tasks) if (elapsed() >= endsAt) task.status = "Success";
        return Promise.resolve({ tasks: tasks.map((task) => ({ ...task })), serverTime: Date.now() });
    },
    startSync: () => {
        tasks = [
            { ...MOUNT, taskType: "upload", status: "Pending", startTime: Date.now(), finishTime: 0, errorMessage: "" },
        ];
        return Promise.resolve();
    },
    refreshIdleTime: () => Promise.resolve(),
} as unknown as AgbClient;

let syncs: SessionSyncs;
beforeEach(() => {
    vi.useFakeTimers();
    startedAt = Date.now();
    looks = [];
    endsAt = Infinity;
    tasks = [
        { ...MOUNT, taskType: "download", status: "Pending", startTime: startedAt, finishTime: 0, errorMessage: "" },
    ];
    syncs = new SessionSyncs(client, "session-1");
});
afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
});

const wait = () => syncs.waitForLatest([MOUNT], "download", { deadline: Date.now() + FAR });
const between = (from: number, to: number) => looks.filter((at) => at >= from && at < to).length;

describe("the looks at a session", () => {
    it.each([
        ["one wait", 1, 0],
        ["20 waits at once", 20, 0],
        ["20 waits one after another", 20, 500],
        ["20 waits in the first second", 20, 50],
        ["waits that never stop to come", 400, 60],
    ])("of %s are at most 30 in the first ten seconds, then one a second", async (_, waits, apartMs) => {
        const waiting: Promise<unknown>[] = [];
        for (let i = 0; i < waits; i++) {
            waiting.push(wait());
            await vi.advanceTimersByTimeAsync(apartMs);
        }
        await vi.advanceTimersByTimeAsync(40_000 - elapsed());
        expect(between(0, 10_000)).toBeLessThanOrEqual(30);
        for (let from = 10_000; from < 40_000; from += 5000) expect(between(from, from + 5000)).toBeLessThanOrEqual(5);
        endsAt = 0;
        await vi.advanceTimersByTimeAsync(1100);
        await Promise.all(waiting);
    });

    it.each([50, 300, 900])("are no more if each of 20 waits starts a sync, %i ms after the last", async (apartMs) => {
        vi.spyOn(client, "startSync").mockImplementation((_id, taskType, mount = MOUNT) => {
            tasks.push({
                ...mount,
                taskType,
                status: "Pending",
                startTime: Date.now(),
                finishTime: 0,
                errorMessage: "",
            });
            return Promise.resolve();
        });
        tasks = [];
        const syncing: Promise<unknown>[] = [];
        for (let i = 0; i < 20; i++) {
            syncing.push(syncs.run([{ ...MOUNT, path: `/home/work${i}` }], "upload", { deadline: Date.now() + FAR }));
            await vi.advanceTimersByTimeAsync(apartMs);
        }
        await vi.advanceTimersByTimeAsync(40_000 - elapsed());
        expect(between(0, 10_000)).toBeLessThanOrEqual(30);
        for (let from = 10_000; from < 40_000; from += 5000) expect(between(from, from + 5000)).toBeLessThanOrEqual(5);
        endsAt = 0;
        await vi.advanceTimersByTimeAsync(1100);
        await Promise.all(syncing);
    });

    it("begin again when a sync starts and nothing else is waited for", async () => {
        endsAt = 9000;
        const first = wait();
        await vi.advanceTimersByTimeAsync(10_000);
        await first;
        endsAt = 12_000;
        looks = [];
        const sync = syncs.run([MOUNT], "upload", { deadline: Date.now() + FAR });
        await vi.advanceTimersByTimeAsync(3000);
        await sync;
        expect(looks.length).toBeGreaterThan(10);
    });

    it("do not answer a wait that begins after them", async () => {
        endsAt = 0;
        const getSyncTasks = client.getSyncTasks.bind(client);
        vi.spyOn(client, "getSyncTasks").mockImplementation(async (id) => {
            const listing = await getSyncTasks(id);
            await new Promise((resolve) => setTimeout(resolve, 50));
            return listing;
        });
        const first = wait();
        await vi.advanceTimersByTimeAsync(20);
        const second = wait();
        await vi.advanceTimersByTimeAsync(200);
        await Promise.all([first, second]);
        expect(looks).toEqual([0, 90]);
    });
});

/** What 30 looks in ten seconds allow at the worst: a tenth, and 50 ms of a short wait, would take 41. */
const latest = (ms: number) => Math.max(1.15 * ms, ms + 95) + 1;

it.each([40, 100, 200, 500, 1000, 2000, 3000, 5000, 7000])(
    "the end of a sync after %i ms is noticed soon",
    async (ms) => {
        for (let run = 0; run < 10; run++) {
            const begin = elapsed();
            tasks = [];
            let noticedAt = Infinity;
            endsAt = begin + ms;
            syncs = new SessionSyncs(client, "session-1");
            const sync = syncs
                .run([MOUNT], "upload", { deadline: Date.now() + FAR })
                .then(() => (noticedAt = elapsed()));
            await vi.advanceTimersByTimeAsync(2 * ms + 200);
            await sync;
            expect(noticedAt - begin).toBeLessThanOrEqual(latest(ms));
        }
    },
);

it("the end of a release is noticed as soon, with as many looks", async () => {
    endsAt = 3000;
    const poll = () => {
        looks.push(elapsed());
        return Promise.resolve(elapsed() >= endsAt || undefined);
    };
    const gone = pollUntil(poll, { deadline: Date.now() + FAR }).then(() => elapsed());
    await vi.advanceTimersByTimeAsync(4000);
    expect(await gone).toBeLessThanOrEqual(latest(3000));
    expect(looks.length).toBeLessThanOrEqual(24);
});
