/** Which of the tasks that AGB lists count, and how they compare. */
import { expect, it } from "vitest";
import type { SyncTask } from "../../provider/agb";
import {
    belongsTo,
    concerned,
    currentTask,
    isInSeconds,
    isLater,
    isoTime,
    isSameTask,
    isSuperseded,
    latestTasks,
    overallStatus,
} from "../../provider/agb/syncTasks";

const task = (part: Partial<SyncTask> = {}): SyncTask => ({
    contextId: "SdkCtx-1",
    path: "/home/work",
    taskType: "upload",
    status: "Success",
    startTime: 1_700_000_000_000,
    finishTime: 1_700_000_001_000,
    errorMessage: "",
    ...part,
});

const DIFFERENT: Partial<SyncTask>[] = [
    { contextId: "SdkCtx-2" },
    { path: "/home/other" },
    { taskType: "download" },
    { startTime: 1_700_000_000_001 },
    { finishTime: 1_700_000_001_001 },
    { status: "Failed" },
];

it.each(DIFFERENT)("a task with another %o is not the same", (part) => {
    expect(isSameTask(task(), task(part))).toBe(false);
});

it("a task is the same whatever its message says", () => {
    expect(isSameTask(task(), task({ errorMessage: "again" }))).toBe(true);
});

it("a task belongs to a mount of its context at its path", () => {
    const mount = { contextId: "SdkCtx-1", path: "/home/work" };
    expect(belongsTo(task(), mount)).toBe(true);
    expect(belongsTo(task({ contextId: "SdkCtx-2" }), mount)).toBe(false);
    expect(belongsTo(task({ path: "/home" }), mount)).toBe(false);
    const others = [task({ contextId: "SdkCtx-2" }), task({ path: "/home" }), task({ taskType: "download" })];
    expect(concerned([task(), ...others], "upload", [mount])).toEqual([task()]);
    expect(concerned([task(), ...others], "upload", undefined)).toEqual([task(), others[0], others[1]]);
    expect(concerned([task(), ...others], "upload", [])).toEqual([]);
});

it.each<[string, Partial<SyncTask>, Partial<SyncTask>]>([
    ["it started later", { startTime: 1_700_000_000_001 }, {}],
    ["it started later, in seconds", { startTime: 1_700_000_001 }, {}],
    ["the other started in seconds", {}, { startTime: 1_699_999_999 }],
    ["it has not started yet", { startTime: 0, finishTime: 0, status: "Pending" }, {}],
    ["only its end is known", { startTime: 0, finishTime: 1_700_000_000_001 }, {}],
    ["nothing is known of the other, which has finished", {}, { startTime: 0, finishTime: 0 }],
    ["it may not have succeeded", { status: "Failed" }, {}],
    ["it has not finished", { status: "Pending" }, {}],
    ["it has not finished, and the other has failed", { status: "Pending" }, { status: "Failed" }],
])("a task counts as the later one if %s", (_, a, b) => {
    expect(isLater(task(a), task(b))).toBe(true);
    expect(isLater(task(b), task(a))).toBe(false);
});

it("of two tasks that are alike, neither is later", () => {
    expect(isLater(task(), task())).toBe(false);
    const first = task({ errorMessage: "first" });
    expect(latestTasks([first, task({ errorMessage: "second" })])).toEqual([first]);
});

it("the latest tasks are those of each mount and direction, wherever the listing has them", () => {
    const late = task({ startTime: 1_700_000_000_500, status: "Failed" });
    const download = task({ taskType: "download" });
    const elsewhere = task({ path: "/home" });
    expect(latestTasks([task(), late, download, task({ taskType: "backup" }), elsewhere])).toEqual([
        late,
        download,
        elsewhere,
    ]);
    expect(latestTasks([late, task()])).toEqual([late]);
});

it("a task is superseded by one of the same mount and direction that started at another time", () => {
    const own = task({ status: "Pending", finishTime: 0 });
    const finished = task();
    const other = task({ startTime: 1_700_000_002_000 });
    expect(currentTask(own, [finished])).toBe(finished);
    expect(isSuperseded(own, [finished])).toBe(false);
    expect(currentTask(own, [other])).toBe(own);
    expect(isSuperseded(own, [other])).toBe(true);
    expect(currentTask(own, [])).toBe(own);
    expect(isSuperseded(own, [task({ taskType: "download", startTime: 1 })])).toBe(false);
});

it.each<[SyncTask["status"][], string]>([
    [[], "None"],
    [["None"], "None"],
    [["Success", "None"], "Success"],
    [["Success", "Pending"], "Pending"],
    [["Success", "Running"], "Pending"],
    [["Success", "Pending", "Failed"], "Failed"],
])("the status of %j is %s", (list, expected) => {
    expect(overallStatus(list.map((status) => ({ status })))).toBe(expected);
});

it("times are in seconds or in milliseconds", () => {
    expect([isInSeconds(1_700_000_000), isInSeconds(1e11 - 1), isInSeconds(1e11)]).toEqual([true, true, false]);
    expect(isoTime(1_700_000_000)).toBe("2023-11-14T22:13:20.000Z");
    expect(isoTime(1_700_000_000_123)).toBe("2023-11-14T22:13:20.123Z");
    expect(isoTime(0)).toBeUndefined();
});
