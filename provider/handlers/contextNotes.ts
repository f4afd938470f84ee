/**
 * Notes about the contexts that runs have created, in the user's data folder until a later run finds them in its state. A
 * run that was interrupted before it recorded a context leaves its note, so the next run recognizes the context as its own.
 */
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { defaultDataFolder } from "../agb/localServer";
import type { Account } from "./account";
import type { Origin } from "./origin";

/** Later, a context of that name is more likely to be somebody else's, unless its id is known. */
const MAX_AGE_WITHOUT_ID_MS = 60 * 60 * 1000;

const noteSchema = z.object({
    startedAt: z.number(),
    name: z.string(),
    region: z.string().optional(),
    /** Absent until AGB has reported it. */
    id: z.string().optional(),
});
export type ContextNote = z.output<typeof noteSchema>;

/** The note about the context of a resource, if the state may lack the context. */
export async function readNote(account: Account, origin: Origin | undefined): Promise<ContextNote | undefined> {
    if (!origin) return undefined;
    try {
        const note = noteSchema.parse(JSON.parse(await readFile(fileOf(account, origin), "utf8")));
        return note.id === undefined && Date.now() - note.startedAt > MAX_AGE_WITHOUT_ID_MS ? undefined : note;
    } catch {
        return undefined;
    }
}

/**
 * Writes a note, which is on disk when this returns. Without it, the next run after an interruption reports that the
 * context exists, so a folder that is not writable is no reason to fail.
 */
export async function writeNote(account: Account, origin: Origin | undefined, note: ContextNote): Promise<void> {
    if (!origin) return;
    const path = fileOf(account, origin);
    try {
        await mkdir(notesFolder(), { recursive: true, mode: 0o700 });
        const file = await open(`${path}.new`, "w", 0o600);
        try {
            await file.writeFile(JSON.stringify(note));
            await file.sync();
        } finally {
            await file.close();
        }
        await rename(`${path}.new`, path);
    } catch {
        return;
    }
}

/** Removes the note about a context that the state contains, or that does not exist. */
export async function removeNote(account: Account, origin: Origin | undefined, id?: string): Promise<void> {
    if (!origin || (id !== undefined && (await readNote(account, origin))?.id !== id)) return;
    await rm(fileOf(account, origin), { force: true }).catch(() => undefined);
}

const notesFolder = (): string => join(defaultDataFolder(), "contexts");

/** Another folder or backend may contain a stack of the same name. */
function fileOf({ agb }: Account, { project, stack, name, parents }: Origin): string {
    const deployment = [agb.accountMark, process.cwd(), process.env.PULUMI_BACKEND_URL ?? ""];
    const resource = JSON.stringify([...deployment, project, stack, name, parents]);
    return join(notesFolder(), createHash("sha256").update(resource).digest("hex").slice(0, 32));
}
