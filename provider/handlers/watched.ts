/** Syncs that are waited for, with the user told how far they are. */
import { SyncTimeout, type SyncTask, type SyncWaiting } from "../agb";
import type { Account } from "./account";
import type { CommonInputs } from "./handlers";

/** A wait that is longer than this, in milliseconds, is told of in logs too. */
const LONG = 5000;

/**
 * Runs a wait and tells of it: `dev: 2 of 3 mounts synced, 4 s`. What was not over at the deadline is given as it was then;
 * any other failure is thrown.
 */
export async function watched(inputs: CommonInputs, { voice }: Account, done: string, wait: (onProgress: SyncWaiting["onProgress"]) => Promise<SyncTask[]>): Promise<SyncTask[]> {
    const name = inputs.__origin?.name ?? "session";
    const began = Date.now();
    const long = { told: false };
    const tasks = await wait((ready, of, waited) => {
        const text = `${name}: ${ready} of ${of} mounts ${done}, ${seconds(waited)}`;
        if (waited >= LONG && !long.told) {
            long.told = true;
            voice.milestone(`${text}; still waiting`);
        } else {
            voice.status(text);
        }
    }).catch((error: unknown) => {
        if (error instanceof SyncTimeout) return error.tasks;
        throw error;
    });
    if (long.told) voice.milestone(`${name}: done waiting after ${seconds(Date.now() - began)}`);
    return tasks;
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`;
