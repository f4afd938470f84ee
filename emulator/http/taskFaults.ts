/** Injected faults of the list of sync tasks: late, with earlier runs, or incomplete. */
import type { TaskRecord } from "../account";
import type { ActiveFault } from "./faultKinds";

const EARLIER_SECONDS = 60;

/** What a service that lists tasks in other ways than this one would list. */
export class TaskFaults {
    readonly #lookups = new WeakMap<TaskRecord, number>();

    /** `earlierRun` returns the run of a task's mount and type that the task replaced. */
    constructor(readonly earlierRun: (task: TaskRecord) => TaskRecord | undefined) {}

    apply(fault: ActiveFault | undefined, tasks: readonly TaskRecord[]): readonly TaskRecord[] {
        switch (fault?.name) {
            case "late":
                return tasks.flatMap((task) => this.#listedLate(task, Number(fault.value ?? 1)));
            case "history":
                return tasks.flatMap((task) => {
                    const earlier = this.earlierRun(task) ?? inventedRun(task);
                    return fault.value === "last" ? [task, earlier] : [earlier, task];
                });
            case "missing":
                return tasks.filter((task) => fault.value !== undefined && task.taskType !== fault.value);
            default:
                return tasks;
        }
    }

    #listedLate(task: TaskRecord, lookups: number): TaskRecord[] {
        const previous = this.#lookups.get(task) ?? 0;
        this.#lookups.set(task, previous + 1);
        if (previous >= lookups) return [task];
        const earlier = this.earlierRun(task);
        return earlier === undefined ? [] : [earlier];
    }
}

/** An earlier run with the opposite outcome. */
function inventedRun(task: TaskRecord): TaskRecord {
    const startTime = (task.startTime || Math.floor(Date.now() / 1000)) - EARLIER_SECONDS;
    const status = task.status === "Success" ? "Failed" : "Success";
    return {
        ...task,
        status,
        startTime,
        finishTime: startTime + 1,
        errorMessage: status === "Failed" ? "an earlier run failed (injected fault)" : "",
    };
}
