/** All trials of the matrix, and how to run them on several local AGBs. */
import { subscribe } from "node:diagnostics_channel";
import { errorMessage } from "../../common/errorMessage";
import { callOf } from "../../emulator/http/faults";
import { accountOf } from "../support/handlers";
import { startTestAgb, type TestAgb } from "../support/agb";
import { kindsFor, placements } from "./kinds";
import { perform, TIMEOUT, type Story } from "./scene";
import type { Result } from "./table";
import { clear, run, type Trial } from "./trial";

/** Long enough for a sync to be seen while it runs. */
const SYNC_TIME_MS = 20;

/** A local AGB that runs one trial at a time. */
export interface Lane {
    agb: TestAgb;
    /** The calls that it has received from this process. */
    calls: string[];
}

export async function startLanes(count: number): Promise<Lane[]> {
    return Promise.all(
        Array.from({ length: count }, async () => {
            const agb = await startTestAgb({ syncTimeMs: SYNC_TIME_MS });
            const calls: string[] = [];
            // The local AGB logs a download only when it has read the end of the file, which may be after the operation.
            subscribe("undici:request:create", (message) => {
                const { origin, path } = (message as { request: { origin: string; path: string } }).request;
                if (origin === agb.local.endpoint) calls.push(callOf(path));
            });
            return { agb, calls };
        }),
    );
}

/** Runs the tasks, each on a lane that no other task uses meanwhile. */
async function onLanes<T, R>(
    lanes: Lane[],
    items: readonly T[],
    task: (item: T, lane: Lane, index: number) => Promise<R>,
): Promise<R[]> {
    const results: R[] = [];
    let next = 0;
    const work = async (lane: Lane) => {
        for (let index = next++; index < items.length; index = next++) {
            results[index] = await task(items[index] as T, lane, index);
        }
    };
    await Promise.all(lanes.map(work));
    return results;
}

/** The trials of all stories. */
export async function findTrials(lanes: Lane[], stories: readonly Story[]): Promise<Trial[]> {
    return (await onLanes(lanes, stories, (story, lane, index) => trialsOf(story, lane, `story-${index}`))).flat();
}

/** Runs trials, with limits that are longer by a factor. */
export function runTrials(lanes: Lane[], trials: readonly Trial[], limitFactor = 1): Promise<Result[]> {
    return onLanes(lanes, trials, async (trial, { agb }, index) => {
        const verdict = await run(trial, { agb, name: `trial-${index}` }, limitFactor).catch(async (error: unknown) => {
            await clear(agb);
            return { succeeded: false, message: "", problems: [`the trial failed: ${errorMessage(error)}`] };
        });
        return { trial, verdict };
    });
}

/** All trials of a story. A run without a fault shows which calls it makes, and how often. */
async function trialsOf(story: Story, { agb, calls }: Lane, name: string): Promise<Trial[]> {
    const scene = await story.prepare({ agb, name, timeout: TIMEOUT });
    calls.splice(0);
    await perform(scene, accountOf(agb.client), TIMEOUT).catch((error: unknown) => {
        if (!story.operation.endsWith("refused")) throw error;
    });
    const occurrences = new Map<string, number>();
    for (const call of calls) occurrences.set(call, (occurrences.get(call) ?? 0) + 1);
    await clear(agb);
    return [...occurrences]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([call, count]) =>
            kindsFor(call).flatMap((fault) =>
                placements(fault, call, count).map((placement) => ({ story, call, kind: fault.kind, placement })),
            ),
        );
}
