/** The history of a stack, as Pulumi's file backend stores it: a record of each update, its checkpoint, and a backup. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../../common/errorMessage";
import type { ChangeCounts } from "../model/events";
import { UserError } from "../model/userError";
import type { FileBackend, StackReference } from "./backend";
import { copyAtomically, writeDurably } from "./files";

/** One update, as shown by `pulumi stack history`. */
export interface UpdateRecord {
    kind: "update" | "refresh" | "destroy" | "import";
    startedAt: Date;
    message: string;
    /** The stack's config as stored in its settings file, with secrets encrypted. */
    config: Record<string, unknown>;
    result: "succeeded" | "failed";
    changes: ChangeCounts;
}

export async function recordUpdate(backend: FileBackend, stack: StackReference, update: UpdateRecord): Promise<void> {
    const { project, name } = stack;
    const time = nanoseconds();
    const entry = backend.path("history", project, name, `${name}-${time}`);
    const record = {
        kind: update.kind,
        startTime: seconds(update.startedAt),
        message: update.message,
        environment: { "exec.kind": "pulumi-agb" },
        config: update.config,
        version: 0,
        result: update.result,
        endTime: seconds(new Date()),
        resourceChanges: update.changes,
    };
    await writeDurably(`${entry}.history.json`, JSON.stringify(record));
    const checkpoint = backend.checkpointFile(stack);
    await copyAtomically(checkpoint, `${entry}.checkpoint.json`);
    await writeDurably(
        backend.path("backups", project, name, `${name}.${time}.json`),
        await readFile(checkpoint, "utf8"),
    );
}

/** An update as stored: times are in seconds. */
export interface StoredUpdate {
    version: number;
    kind: string;
    startTime: number;
    endTime: number;
    message: string;
    environment: Record<string, string>;
    /** As in the settings file, with secrets encrypted. */
    config: Record<string, unknown>;
    result: string;
    resourceChanges?: ChangeCounts;
}

/** The updates of a stack, latest first. Their file names contain the time. */
export async function readHistory(backend: FileBackend, { project, name }: StackReference): Promise<StoredUpdate[]> {
    const folder = backend.path("history", project, name);
    const files = existsSync(folder) ? await readdir(folder) : [];
    const records = files.filter((file) => file.endsWith(".history.json")).sort();
    return Promise.all(
        records.reverse().map(async (file) => {
            try {
                return JSON.parse(await readFile(join(folder, file), "utf8")) as StoredUpdate;
            } catch (error) {
                throw new UserError(`the history file ${join(folder, file)} cannot be read: ${errorMessage(error)}`);
            }
        }),
    );
}

function seconds(date: Date): number {
    return Math.floor(date.getTime() / 1000);
}

function nanoseconds(): string {
    return `${Date.now()}000000`;
}
