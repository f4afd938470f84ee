/** What waits for syncs conclude from each listing, moment by moment. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
    AgbApiError,
    AgbConnectionError,
    DEFAULT_TIMINGS,
    SessionSyncs,
    type AgbClient,
    type SyncTask,
} from "../../provider/agb";

const A = { contextId: "SdkCtx-1", path: "/home/a" };
const B = { contextId: "SdkCtx-2", path: "/home/b" };
const GRACE_MS = DEFAULT_TIMINGS.noTasksGraceMs;

/** What the session lists, as changes at times in milliseconds since the start. An error fails the look. */
let listings: [at: number, listing: SyncTask[] | Error][];
let startedAt: number;
let looks: number[];
let refreshes: number[];
let started: unknown[];
const elapsed = () => Date.now() - startedAt;

/** The part of a client that waits use. A fake clock cannot drive a server. */
const client = {
    timings: DEFAULT_TIMINGS,
    getSyncTasks: () => {
        looks.push(elapsed());
        const [, listing = []] = listings.filter(([at]) => at <= elapsed()).at(-1) ?? [];
        if (listing instanceof Error) return Promise.reject(listing);
        return Promise.resolve({ tasks: listing.map((task) => ({ ...task })), serverTime: Date.now() });
    },
    getSession: () => Promise.resolve({ sessionId: "session-1", status: "Running" }),
    getSessionInfo: () => Promise.resolve({ status: "RUNNING" }),
    startSync: (_session: string, mode: string, mount: unknown) => {
        started.push([mode, mount]);
        return Promise.resolve();
    },
    refreshIdleTime: () => {
        refreshes.push(elapsed());
        return Promise.resolve();
    },
} as unknown as AgbClient;

let syncs: SessionSyncs;
beforeEach(() => {
    vi.useFakeTimers();
    vi.setSystemTime(1_700_000_000_000);
    // Looks come at the same times in each run.
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    startedAt = Date.now();
    [looks, refreshes, started, listings] = [[], [], [], []];
    syncs = new SessionSyncs(client, "session-1", 300);
});
afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
});

const task = (mount: typeof A, taskType: string, part: Partial<SyncTask> = {}): SyncTask => ({
    ...mount,
    taskType,
    status: "Success",
    startTime: 1_700_000_000_001,
    finishTime: 1_700_000_000_500,
    errorMessage: "",
    ...part,
});
const pending = (mount: typeof A, taskType: string): SyncTask =>
    task(mount, taskType, { status: "Pending", finishTime: 0 });
const old = (mount: typeof A, taskType: string): SyncTask => task(mount, taskType, { startTime: 1_600_000_000_000 });
const within = (ms: number) => ({ deadline: Date.now() + ms });

/** When a wait ends, and how: with a result or an error. */
async function outcome(wait: Promise<unknown>, limitMs = 60_000) {
    let ended: { at: number; result?: unknown; error?: unknown } | undefined;
    wait.then(
        (result) => (ended = { at: elapsed(), result }),
        (error: unknown) => (ended = { at: elapsed(), error }),
    );
    await vi.advanceTimersByTimeAsync(limitMs);
    return ended;
}

describe("a wait for the latest tasks", () => {
    it("ends when all have finished, in the order of the mounts, even if one is no longer listed then", async () => {
        listings = [
            [0, [pending(A, "upload")]],
            [300, [task(A, "upload"), pending(B, "upload")]],
            [600, [task(B, "upload", { status: "Failed", errorMessage: "full" })]],
        ];
        const progress: string[] = [];
        const options = {
            ...within(10_000),
            onProgress: (done: number, of: number) => void progress.push(`${done}/${of}`),
        };
        const ended = await outcome(syncs.waitForLatest([A, B], "upload", options));
        expect(ended?.result).toEqual([
            task(A, "upload"),
            task(B, "upload", { status: "Failed", errorMessage: "full" }),
        ]);
        expect(ended?.at).toBeGreaterThanOrEqual(600);
        expect(ended?.at).toBeLessThan(750);
        expect(new Set(progress)).toEqual(new Set(["0/2", "1/2"]));
    });

    it("counts what is known of a mount that is not listed, if that has finished", async () => {
        listings = [[0, [task(B, "download")]]];
        const known = [task(A, "download"), pending(B, "download")];
        const ended = await outcome(syncs.waitForLatest([A, B], "download", within(1000), known));
        expect(ended).toMatchObject({ at: 0, result: [known[0], task(B, "download")] });
        const unfinished = await outcome(
            syncs.waitForLatest([A], "download", within(1000), [pending(A, "download")]),
            2000,
        );
        expect(unfinished?.error).toMatchObject({
            message: "0 of 1 mounts finished their download in time",
            tasks: [{ ...A, status: "Pending", startTime: 0, errorMessage: "AGB does not list it" }],
        });
    });

    it("looks a last time at its deadline", async () => {
        listings = [
            [0, [pending(A, "upload")]],
            [1990, [task(A, "upload")]],
        ];
        const ended = await outcome(syncs.waitForLatest([A], "upload", within(2000)));
        expect(ended?.result).toEqual([task(A, "upload")]);
        expect(looks.filter((at) => at >= 1990)).toHaveLength(1);
    });

    it("ends at its own deadline, also next to waits with others", async () => {
        listings = [[0, [pending(A, "upload"), pending(B, "upload")]]];
        const ends = await Promise.all(
            [5000, 700, 2500].map((ms) => outcome(syncs.waitForLatest([A], "upload", within(ms)), 20_000)),
        );
        expect(ends.map((end) => end?.at)).toEqual([5000, 700, 2500]);
    });

    it("needs no look if there are no mounts", async () => {
        expect(await syncs.waitForLatest([], "upload", within(1000))).toEqual([]);
        expect(await syncs.run([], "upload", within(1000))).toEqual([]);
        expect(await syncs.start("upload", [], Date.now() + 1000)).toEqual([]);
        expect([looks, started]).toEqual([[], []]);
    });
});

describe("a wait for data", () => {
    const unknownMount = { ...A };
    const known = { ...A, autoDownload: true };

    it("ends at once if everything is known of the mounts", async () => {
        listings = [[0, []]];
        expect(await outcome(syncs.waitForData([{ ...A, autoDownload: false }], within(9000)))).toMatchObject({
            at: 0,
            result: { missing: [], seen: { tasks: [] } },
        });
        const seen = { tasks: [task(A, "download")], serverTime: Date.now() };
        expect(await syncs.waitForData([known], { ...within(9000), seen })).toEqual({ missing: [], seen });
        expect(looks).toHaveLength(1);
    });

    it("does not end before an expected download is listed, and returns one that has failed", async () => {
        const failed = task(A, "download", { status: "Failed", errorMessage: "gone" });
        listings = [
            [0, []],
            [3000, [pending(A, "download")]],
            [4000, [failed]],
        ];
        const progress: string[] = [];
        const onProgress = (done: number, of: number) => void progress.push(`${done}/${of}`);
        const ended = await outcome(syncs.waitForData([known], { ...within(9000), onProgress }));
        expect(ended?.at).toBeGreaterThanOrEqual(4000);
        expect(ended?.result).toMatchObject({ missing: [failed] });
        expect(progress[0]).toBe("0/1");
    });

    it("waits for a while if nothing is known, because downloads may be listed late", async () => {
        listings = [[0, []]];
        for (const mounts of [[unknownMount], [{ ...B, autoDownload: false }, unknownMount], undefined]) {
            const begin = elapsed();
            const ended = await outcome(syncs.waitForData(mounts, within(20 * GRACE_MS)), 3 * GRACE_MS);
            expect(ended?.result).toMatchObject({ missing: [] });
            expect((ended?.at ?? 0) - begin).toBeGreaterThanOrEqual(GRACE_MS);
            expect((ended?.at ?? 0) - begin).toBeLessThan(GRACE_MS + 1300);
        }
    });

    it("takes the downloads that a session lists for its mounts if none are given", async () => {
        listings = [
            [0, [pending(A, "download"), pending(B, "upload")]],
            [500, [task(A, "download"), pending(B, "upload")]],
        ];
        const ended = await outcome(syncs.waitForData(undefined, within(9000)));
        expect(ended?.at).toBeGreaterThanOrEqual(500);
        expect(ended?.at).toBeLessThan(600);
    });

    it("fails at its deadline with what is missing", async () => {
        listings = [[0, [pending(A, "download")]]];
        const ended = await outcome(syncs.waitForData([known, { ...B, autoDownload: false }], within(900)));
        expect(ended).toMatchObject({
            at: 900,
            error: { message: "1 of 2 mounts received their data in time", tasks: [pending(A, "download")] },
        });
    });
});

describe("a sync", () => {
    it("starts when earlier ones have finished, and counts only its own tasks", async () => {
        listings = [
            [0, [pending(A, "upload"), old(B, "upload")]],
            [300, [task(A, "upload"), old(B, "upload")]],
            [900, [task(A, "upload", { startTime: 1_700_000_000_600 }), old(B, "upload")]],
            [1500, [task(A, "upload", { startTime: 1_700_000_000_600 }), pending(B, "upload")]],
            [2000, [task(A, "upload", { startTime: 1_700_000_000_600 }), task(B, "upload")]],
        ];
        const ended = await outcome(syncs.run([A, B], "upload", within(10_000)));
        expect(started).toEqual([
            ["upload", A],
            ["upload", B],
        ]);
        expect(ended?.at).toBeGreaterThanOrEqual(2000);
        expect(ended?.result).toEqual([task(A, "upload", { startTime: 1_700_000_000_600 }), task(B, "upload")]);
    });

    it("takes no outcome of an earlier one for its own if the time is up", async () => {
        listings = [[0, [old(A, "upload"), old(B, "upload")]]];
        const ended = await outcome(syncs.run([A], "upload", within(1000)));
        expect(ended?.error).toMatchObject({
            message: "0 of 1 mounts finished their upload in time",
            tasks: [{ status: "Pending", errorMessage: "AGB does not list it" }],
        });
    });

    it.each([
        [[A, B], true, [undefined]],
        [[A], true, [A]],
        [[A, B], false, [A, B]],
    ])("of %j, all of the session: %s, is started by one call for each of %j", async (mounts, isEveryMount, calls) => {
        listings = [[0, []]];
        await outcome(syncs.run(mounts, "download", { ...within(300), isEveryMount }), 1000);
        expect(started).toEqual(calls.map((mount) => ["download", mount]));
    });
});

describe("a sync in the background", () => {
    it("returns its tasks once each has begun, also one that is no longer listed", async () => {
        const begun = task(A, "upload", { startTime: 1_700_000_000_100, status: "Pending", finishTime: 0 });
        listings = [
            [0, [old(A, "upload"), task(A, "download")]],
            [200, [begun, task(A, "download")]],
            [600, [task(B, "upload", { startTime: 0, finishTime: 0, status: "Pending" })]],
            [900, [pending(B, "upload")]],
        ];
        const ended = await outcome(syncs.start("upload", [A, B], Date.now() + 10_000));
        expect(ended?.at).toBeGreaterThanOrEqual(900);
        expect(ended?.result).toEqual([pending(B, "upload"), begun]);
    });

    it("returns at its deadline what has begun, and the others as not listed", async () => {
        listings = [
            [0, []],
            [100, [pending(A, "upload")]],
        ];
        expect(await outcome(syncs.start("upload", [A, B], Date.now() + 2000))).toMatchObject({
            at: 2000,
            result: [pending(A, "upload"), { ...B, status: "Pending", errorMessage: "AGB does not list it" }],
        });
    });

    it("of every mount returns nothing if the session lists no task for a while", async () => {
        listings = [[0, []]];
        const ended = await outcome(syncs.start("upload", undefined, Date.now() + 10 * GRACE_MS));
        expect(ended?.result).toEqual([]);
        expect(ended?.at).toBeGreaterThanOrEqual(GRACE_MS);
        expect(ended?.at).toBeLessThan(GRACE_MS + 1300);
    });

    it("of every mount fails if the session lists others, but none of this sync", async () => {
        listings = [[0, [task(A, "download"), old(A, "upload")]]];
        expect(await outcome(syncs.start("upload", undefined, Date.now() + 2 * GRACE_MS))).toMatchObject({
            at: 2 * GRACE_MS,
            error: { message: "AGB did not list a task for the upload in time", tasks: [] },
        });
        listings = [[0, []]];
        expect(await outcome(syncs.start("upload", [A], Date.now() + 2 * GRACE_MS))).toMatchObject({
            error: { message: "AGB did not list a task for the upload in time" },
        });
    });
});

describe("tasks of a sync in the background", () => {
    it("are awaited until they have finished, or a newer sync supersedes them", async () => {
        const own = [pending(A, "upload"), pending(B, "upload")];
        const newer = task(B, "upload", { startTime: 1_700_000_009_000, status: "Pending", finishTime: 0 });
        listings = [
            [0, own],
            [400, [task(A, "upload"), pending(B, "upload")]],
            [800, [task(A, "upload"), newer]],
        ];
        const progress: string[] = [];
        const onProgress = (done: number, of: number) => void progress.push(`${done}/${of}`);
        const ended = await outcome(syncs.waitForTasks(own, { ...within(9000), onProgress }));
        expect(ended?.at).toBeGreaterThanOrEqual(800);
        expect(ended?.result).toEqual([task(A, "upload"), pending(B, "upload")]);
        expect(new Set(progress)).toEqual(new Set(["0/2", "1/2"]));
    });

    it("are returned with the error at the deadline", async () => {
        const own = [pending(A, "upload")];
        listings = [[0, own]];
        expect(await outcome(syncs.waitForTasks(own, within(500)))).toMatchObject({
            at: 500,
            error: { message: "0 of 1 mounts finished in time", tasks: own },
        });
    });
});

describe("a look that fails", () => {
    const broken = () => new AgbConnectionError("GetContextInfo", "The connection broke.", false);

    it("is ignored, and reported after three in a row", async () => {
        listings = [
            [0, broken()],
            [100, [pending(A, "upload")]],
            [250, broken()],
            [3000, [task(A, "upload")]],
        ];
        const failures: (string | undefined)[] = [];
        const onProgress = (_done: number, _of: number, _ms: number, failure?: Error) =>
            void failures.push(failure?.message);
        const ended = await outcome(syncs.waitForLatest([A], "upload", { ...within(9000), onProgress }));
        expect(ended?.result).toEqual([task(A, "upload")]);
        const first = failures.indexOf("The connection broke.");
        const inRow = looks.filter((at) => at >= 250).length - failures.slice(first).length;
        expect(inRow).toBe(3);
        expect(failures.slice(first).every((failure) => failure === "The connection broke.")).toBe(true);
    });

    it("is named by the error at the deadline, and in what is not known of the tasks", async () => {
        listings = [[0, broken()]];
        const ended = await outcome(syncs.waitForLatest([A], "upload", within(2000)));
        expect(ended?.error).toMatchObject({
            message: "0 of 1 mounts finished their upload in time; the last status check failed: The connection broke",
            tasks: [{ errorMessage: "the last status check failed: The connection broke" }],
        });
    });

    it("ends the wait after a while if the answers cannot be read, but not if the connection fails", async () => {
        listings = [[0, new AgbConnectionError("GetContextInfo", "It cannot be read.", false, true)]];
        const limit = DEFAULT_TIMINGS.unreadableLimitMs;
        const ended = await outcome(syncs.waitForLatest([A], "upload", within(10 * limit)), 2 * limit);
        expect(ended?.at).toBeGreaterThanOrEqual(limit);
        expect(ended?.at).toBeLessThan(limit + 1300);
        listings = [[0, broken()]];
        expect(await outcome(syncs.waitForLatest([A], "upload", within(10 * limit)), 2 * limit)).toBeUndefined();
    });

    it("ends the wait at once if every other look would fail, too, with the tasks that have finished", async () => {
        const rejected = new AgbApiError("GetContextInfo", "InvalidApiKey", "no such key", 401, "");
        listings = [
            [0, [task(A, "upload"), pending(B, "upload")]],
            [100, rejected],
        ];
        const both = [
            syncs.waitForLatest([A, B], "upload", within(9000)),
            syncs.waitForLatest([B], "upload", within(5000)),
        ];
        const [first, second] = await Promise.all(both.map((wait) => outcome(wait, 1000)));
        expect(first?.error).toMatchObject({
            name: "SyncInterruptedError",
            cause: rejected,
            finished: [task(A, "upload")],
        });
        expect(second?.error).toMatchObject({ name: "SyncInterruptedError", finished: [] });
        expect(first?.at).toBeLessThan(200);
    });

    it("is ignored if AGB's error is about nothing permanent", async () => {
        listings = [
            [0, new AgbApiError("GetContextInfo", "Internal.Error", "busy", 500, "")],
            [500, [task(A, "upload")]],
        ];
        expect((await outcome(syncs.waitForLatest([A], "upload", within(9000))))?.result).toEqual([task(A, "upload")]);
    });
});

describe("the idle time of the session", () => {
    beforeEach(() => void (listings = [[0, [pending(A, "upload")]]]));
    const waitFor = (ms: number) => outcome(syncs.waitForLatest([A], "upload", within(ms)), ms + 1000);

    it("is refreshed after a second, and then each third of the limit", async () => {
        await waitFor(250_000);
        expect(refreshes.map((at) => Math.round(at / 1000))).toEqual([1, 101, 201]);
    });

    it("is refreshed by the shortest limit that is known", async () => {
        syncs.keepAlive(30);
        syncs.keepAlive(600);
        await waitFor(25_000);
        expect(refreshes.map((at) => Math.round(at / 1000))).toEqual([1, 11, 21]);
    });

    it("needs no refresh for a while after the session was active", async () => {
        syncs.sessionWasActive();
        await waitFor(150_000);
        expect(refreshes.map((at) => Math.round(at / 1000))).toEqual([100]);
    });

    it("is not refreshed by a wait that is over at once, and stays alone afterwards", async () => {
        listings = [[0, [task(A, "upload")]]];
        await waitFor(500_000);
        expect(refreshes).toEqual([]);
        expect(vi.getTimerCount()).toBe(0);
    });
});

it("a single look is made only if the number of looks permits it", async () => {
    listings = [[0, [task(A, "upload")]]];
    expect(await syncs.look()).toMatchObject({ tasks: [task(A, "upload")] });
    expect(await syncs.look()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(100);
    listings = [[0, new Error("broken")]];
    expect(await syncs.look()).toBeUndefined();
    expect(looks).toEqual([0, 100]);
});
