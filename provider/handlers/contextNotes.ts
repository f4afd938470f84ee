/**
 * Notes about the contexts that runs have created, kept until a later run finds them in its state. A run that was interrupted
 * before it recorded a context leaves its note, so the next run recognizes the context as its own.
 */
import { z } from "zod";
import type { Account } from "./account";
import type { Origin } from "./origin";
import { currentDeployment, Journal } from "./support/journal";

/** Later, a context of that name is more likely to be somebody else's, unless its id is known. */
const MAX_AGE_WITHOUT_ID_MS = 60 * 60 * 1000;
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;

const noteSchema = z.object({
    startedAt: z.number(),
    name: z.string(),
    region: z.string().optional(),
    /** Absent until AGB has reported it. */
    id: z.string().optional(),
});
export type ContextNote = z.output<typeof noteSchema>;

const journal = new Journal<ContextNote>("context-notes", noteSchema, MAX_AGE_MS);

/** The note about the context of a resource, if the state may lack the context. */
export async function readNote(account: Account, origin: Origin | undefined): Promise<ContextNote | undefined> {
    const note = origin && (await journal.read(keyOf(account, origin)));
    return note?.id === undefined && Date.now() - (note?.startedAt ?? 0) > MAX_AGE_WITHOUT_ID_MS ? undefined : note;
}

/**
 * Writes a note, which is on disk when this returns. Without it, the next run after an interruption reports that the
 * context exists, so a folder that is not writable is no reason to fail.
 */
export async function writeNote(account: Account, origin: Origin | undefined, note: ContextNote): Promise<void> {
    if (origin) await journal.record(keyOf(account, origin), note).catch(() => undefined);
}

/** Removes the note about a context that the state contains, or that does not exist. */
export async function removeNote(account: Account, origin: Origin | undefined, id?: string): Promise<void> {
    // Almost every deployment has none, and asks for each of its contexts.
    if (!origin || !(await journal.mayHave(keyOf(account, origin)))) return;
    if ((await readNote(account, origin))?.id !== id) return;
    await journal.remove(keyOf(account, origin)).catch(() => undefined);
}

const keyOf = ({ agb }: Account, { project, stack, name, parents }: Origin): string =>
    JSON.stringify([agb.accountMark, currentDeployment(), project, stack, name, parents]);
