/** Waiting by asking again. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FIRST_PAUSE_MS, nextPause, pollUntil } from "../../provider/agb/polling";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("makes pauses longer, up to a second", () => {
    expect(nextPause(100)).toBe(130);
    expect(nextPause(900)).toBe(1000);
    let pauseMs = FIRST_PAUSE_MS;
    for (let i = 0; i < 12; i++) pauseMs = nextPause(pauseMs);
    expect(pauseMs).toBe(1000);
});

it("asks until there is an answer, and reports how long it has waited", async () => {
    const waited: number[] = [];
    const poll = vi.fn(() => Promise.resolve(poll.mock.calls.length === 5 ? "done" : undefined));
    const answer = pollUntil(poll, { deadline: Date.now() + 60_000, onProgress: (ms) => void waited.push(ms) });
    await vi.advanceTimersByTimeAsync(5000);
    expect(await answer).toBe("done");
    expect(waited).toHaveLength(4);
    expect(waited[0]).toBe(0);
    expect(waited).toEqual([...waited].sort((a, b) => a - b));
    expect(new Set(waited).size).toBe(4);
});

it("asks a last time at the deadline", async () => {
    const startedAt = Date.now();
    const times: number[] = [];
    const answer = pollUntil<string>(
        () => {
            times.push(Date.now() - startedAt);
            return Promise.resolve(undefined);
        },
        { deadline: startedAt + 3000 },
    );
    await vi.advanceTimersByTimeAsync(3000);
    expect(await answer).toBeUndefined();
    expect(times.at(-1)).toBe(3000);
    expect(times.length).toBeLessThanOrEqual(30);
    expect(vi.getTimerCount()).toBe(0);
});

it("asks once if the deadline has passed", async () => {
    const poll = vi.fn(() => Promise.resolve(undefined));
    expect(await pollUntil<string>(poll, { deadline: Date.now() })).toBeUndefined();
    expect(poll).toHaveBeenCalledTimes(1);
});
