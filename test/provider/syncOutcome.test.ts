/** What the outcome of syncs means, how long operations may take, and what a wait says that its deadline ends. */
import { expect, it } from "vitest";
import { OnSyncFailure, SyncMode, SyncStatus, SyncTimeoutError, type SyncTask } from "../../provider/agb";
import { failureReason, isOutstanding, unfinishedReason } from "../../provider/handlers/support/syncOutcome";
import { withSyncProgress } from "../../provider/handlers/support/syncProgress";
import { abortAt, timeLimitMs } from "../../provider/handlers/support/timeouts";
import { unreachableClient } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";

const task = (status: SyncStatus, errorMessage = ""): SyncTask => ({
    contextId: "SdkCtx-1",
    path: "/home",
    status,
    taskType: SyncMode.Download,
    startTime: 0,
    finishTime: 0,
    errorMessage,
});

it.each([
    [true, OnSyncFailure.Fail, SyncStatus.Failed, true],
    [true, OnSyncFailure.Fail, SyncStatus.Pending, true],
    [true, OnSyncFailure.Fail, SyncStatus.Success, false],
    [true, OnSyncFailure.Fail, SyncStatus.None, false],
    [true, OnSyncFailure.Report, SyncStatus.Failed, false],
    [false, OnSyncFailure.Fail, SyncStatus.Failed, false],
    [false, OnSyncFailure.Report, SyncStatus.Failed, false],
])("waits: %s, onSyncFailure: %s, status %s: data is outstanding: %s", (waits, onSyncFailure, status, expected) => {
    expect(isOutstanding(waits, onSyncFailure, status)).toBe(expected);
});

it("says why a task failed, or that it did not finish", () => {
    expect(failureReason(task(SyncStatus.Failed, "disk full"))).toBe("disk full");
    expect(failureReason(task(SyncStatus.Failed))).toBe("AGB gave no reason");
    expect(unfinishedReason(task(SyncStatus.Failed, "disk full"))).toBe("failed (disk full)");
    expect(unfinishedReason(task(SyncStatus.Failed))).toBe("failed (AGB gave no reason)");
    expect(unfinishedReason(task(SyncStatus.Pending))).toBe("did not finish in time");
    expect(unfinishedReason(task(SyncStatus.Pending, "busy"))).toBe("did not finish in time (busy)");
});

it("limits an operation to 5 minutes or its custom timeout, and a read to the longest", () => {
    expect(timeLimitMs({}, "create")).toBe(300_000);
    expect(timeLimitMs({ __timeouts: { create: "10m" } }, "create")).toBe(600_000);
    expect(timeLimitMs({ __timeouts: { create: "10m" } }, "delete")).toBe(300_000);
    expect(timeLimitMs({ __timeouts: { create: "10m" } }, "read")).toBe(600_000);
    expect(timeLimitMs({ __timeouts: { create: "1s", update: "2s", delete: "3s" } }, "read")).toBe(3000);
});

it("aborts transfers at a time, at once if it has passed, and never because a timer overflows", async () => {
    const passed = abortAt(Date.now() - 1000);
    const far = abortAt(Date.now() + 2 ** 40);
    const near = abortAt(Date.now() + 5);
    await expect.poll(() => [passed.aborted, near.aborted, far.aborted]).toEqual([true, true, false]);
});

function wait(outcome: SyncTask[] | Error, failure?: Error) {
    const { reporter, lines } = recordingReporter();
    const tasks = withSyncProgress(
        { __origin: originOf("dev") },
        accountOf(unreachableClient(), reporter),
        "downloaded",
        (onProgress) => {
            onProgress?.(1, 2, 0, failure);
            return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
        },
    );
    return { tasks, lines };
}

it("reports the progress of a wait, and the last status check that failed", async () => {
    const tasks = [task(SyncStatus.Success)];
    const good = wait(tasks);
    expect(await good.tasks).toBe(tasks);
    expect(good.lines).toEqual(["dev: 1 of 2 mounts downloaded, 0 s"]);
    const { lines } = wait(tasks, new Error("AGB said: v1.2 is busy."));
    expect(lines).toEqual([
        "dev: 1 of 2 mounts downloaded (the last status check failed: AGB said: v1.2 is busy), 0 s",
    ]);
});

it("returns the tasks of a wait that its deadline ends, but not if there are none", async () => {
    const tasks = [task(SyncStatus.Pending)];
    expect(await wait(new SyncTimeoutError("late", tasks)).tasks).toBe(tasks);
    await expect(wait(new SyncTimeoutError("late", [])).tasks).rejects.toThrow("late");
    await expect(wait(new Error("broken")).tasks).rejects.toThrow("broken");
});
