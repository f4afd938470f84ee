/** Follows a run in its session until it ends, and ends it at its time limit or when it is canceled. */
import { setTimeout } from "node:timers/promises";
import { FIRST_PAUSE_MS, nextPause, withJitter } from "../../agb/polling";
import { withErrorContext } from "../support/errors";
import type { OutputReader } from "./output";
import type { RunStatus, SandboxRuns } from "./sandbox";
import { EXIT_ENDED, type RunAddress } from "./script";

/** How long a run may need to record its process. */
const STARTING_LIMIT_MS = 10_000;

export interface FollowOptions {
    stdout: OutputReader;
    stderr: OutputReader;
    /** When the run is ended, in milliseconds since the epoch. */
    until: number;
    /** Ends the run. What it has printed until then is not read to its end. */
    signal?: AbortSignal | undefined;
    /** Called after each look at a run that continues. */
    onRunning?: () => void;
}

export interface FollowedRun extends RunStatus {
    /** Whether the run was ended at its time limit. */
    isTimedOut: boolean;
    /** Whether the run was ended because of the signal. */
    isCanceled: boolean;
}

export async function followRun(
    runs: SandboxRuns,
    address: RunAddress,
    { stdout, stderr, until, signal, onRunning }: FollowOptions,
): Promise<FollowedRun> {
    const startingLimit = Date.now() + STARTING_LIMIT_MS;
    const end = () => withErrorContext("It could not be ended", () => runs.end(address));
    let isTimedOut = false;
    for (let pauseMs = FIRST_PAUSE_MS; ;) {
        const status = await runs.status(address, stdout.position, stderr.position);
        await stdout.add(status.stdout);
        await stderr.add(status.stderr);
        const isBehind =
            (stdout.isBehind || stderr.isBehind) && [status.stdout, status.stderr].some((piece) => piece?.bytes.length);
        const { state } = status;
        const isOver =
            !["starting", "running"].includes(state) || (state === "starting" && Date.now() >= startingLimit);
        if (isOver && !isBehind) return { ...status, isTimedOut, isCanceled: false };
        if (signal?.aborted) return { ...(await end()), isTimedOut, isCanceled: true };
        if (isOver) continue;
        if (Date.now() >= until) {
            // What it has printed until then is read in the next turn.
            const { exitCode = EXIT_ENDED } = await end();
            isTimedOut = exitCode === EXIT_ENDED;
            continue;
        }
        onRunning?.();
        if (isBehind) continue;
        const waitMs = Math.min(withJitter(pauseMs), Math.max(until - Date.now(), 1));
        await setTimeout(waitMs, undefined, { signal }).catch(() => undefined);
        pauseMs = nextPause(pauseMs);
    }
}
