/** The time limit of an operation, without the operations: what it ends, and what it leaves behind. */
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { untilTimeLimit, withLimitSignal, withoutTimeLimit, withTimeLimit } from "../../provider/agb/timeLimit";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => undefined);
const LIMIT = "customTimeouts.create";
const SLOW = "AGB did not complete GetSession in time: the operation is limited to 2.5 s (customTimeouts.create).";

it("ends the call that is under way, and names it also for the calls that follow", async () => {
    const operation = withTimeLimit(2500, LIMIT, async () => {
        const slow = expect(untilTimeLimit("GetSession", never, true)).rejects.toMatchObject({
            message: SLOW,
            mayHaveTakenEffect: true,
        });
        await vi.advanceTimersByTimeAsync(2499);
        expect(withLimitSignal(undefined).aborted).toBe(false);
        await vi.advanceTimersByTimeAsync(1);
        await slow;
        const work = vi.fn(never);
        await expect(untilTimeLimit("ReleaseSession", work, true)).rejects.toMatchObject({
            message: SLOW,
            mayHaveTakenEffect: false,
        });
        expect(work).not.toHaveBeenCalled();
        expect(withLimitSignal(undefined).aborted).toBe(true);
    });
    await operation;
});

it("says that a read has had no effect", async () => {
    await withTimeLimit(2500, LIMIT, async () => {
        const slow = expect(untilTimeLimit("GetSession", never)).rejects.toMatchObject({ mayHaveTakenEffect: false });
        await vi.advanceTimersByTimeAsync(2500);
        await slow;
    });
});

it("aborts the signal of the call, and with it whatever the call is given", async () => {
    await withTimeLimit(1000, LIMIT, async () => {
        let signal: AbortSignal | undefined;
        const slow = expect(
            untilTimeLimit("GetSession", (given) => {
                signal = given;
                return never();
            }),
        ).rejects.toThrow();
        expect(signal?.aborted).toBe(false);
        await vi.advanceTimersByTimeAsync(1000);
        await slow;
        expect(signal?.aborted).toBe(true);
    });
    const own = new AbortController();
    const joined = withLimitSignal(own.signal);
    own.abort();
    expect(joined.aborted).toBe(true);
});

it("leaves neither a timer nor a listener behind", async () => {
    await withTimeLimit(1000, LIMIT, async () => {
        let signal: AbortSignal | undefined;
        const result = await untilTimeLimit("GetSession", (given) => {
            signal = given;
            return Promise.resolve(7);
        });
        expect(result).toBe(7);
        expect(getEventListeners(signal as AbortSignal, "abort")).toEqual([]);
    });
    expect(vi.getTimerCount()).toBe(0);
});

it("does not limit calls outside an operation, or work that operations share", async () => {
    expect(await untilTimeLimit("GetSession", (signal) => Promise.resolve(signal))).toBeUndefined();
    await withTimeLimit(1000, LIMIT, async () => {
        expect(await withoutTimeLimit(() => untilTimeLimit("a", (signal) => Promise.resolve(signal)))).toBeUndefined();
    });
});

it("does not end at once if the limit is longer than a timer can be", async () => {
    await withTimeLimit(2 ** 40, LIMIT, async () => {
        await vi.advanceTimersByTimeAsync(60_000);
        expect(await untilTimeLimit("GetSession", () => Promise.resolve(7))).toBe(7);
    });
});
