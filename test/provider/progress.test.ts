/** Progress messages during a wait. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Reporter } from "../../provider/handlers/reporter";
import { Progress } from "../../provider/handlers/support/progress";
import { originOf } from "../support/handlers";

const statuses: string[] = [];
const milestones: string[] = [];
const voice: Reporter = {
    status: (text) => void statuses.push(text),
    milestone: (text) => void milestones.push(text),
    info: () => undefined,
    warn: () => undefined,
};
const inputs = { __origin: originOf("backup") };

beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    for (const reported of [statuses, milestones]) reported.splice(0);
});
afterEach(() => void vi.useRealTimers());

it("updates the status during a short wait and writes no log line", () => {
    const progress = new Progress(inputs, voice);
    vi.setSystemTime(Date.now() + 4000);
    progress.update("1 of 2 mounts synced");
    progress.end();
    expect(statuses).toEqual(["backup: 1 of 2 mounts synced, 4 s"]);
    expect(milestones).toEqual([]);
});

it("writes one log line at the start and one at the end of a long wait", () => {
    const progress = new Progress(inputs, voice);
    for (let second = 1; second <= 20; second++) {
        vi.setSystemTime(Date.now() + 1000);
        progress.update(`${second < 12 ? 1 : 2} of 2 mounts synced`);
    }
    progress.end();
    expect(milestones).toEqual(["backup: 1 of 2 mounts synced, 5 s; still waiting", "backup: done waiting after 20 s"]);
    expect(statuses).toHaveLength(19);
});
