/**
 * The journal of attempts to create sessions, in the user's data folder. With it, a run recognizes a session that the state
 * does not contain, because an earlier run was killed before it could record it.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { defaultDataFolder } from "../../agb/localServer";
import { sessionInputsSchema, type SessionInputs } from "./state";

/** Longer than any session exists. */
const MAX_AGE_MS = 60 * 60 * 1000;
const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

const attemptSchema = z.object({ startedAt: z.number(), deployment: z.string(), inputs: sessionInputsSchema });

/** An attempt to create a session. */
export interface Attempt {
    /** When it began, in milliseconds since the epoch. */
    startedAt: number;
    inputs: SessionInputs;
    /** Identifies the deployment's folder and backend: another checkout may deploy a stack of the same name. */
    deployment: string;
}

/** The folder of the journal. */
export const attemptsFolder = (): string => join(defaultDataFolder(), "attempts");

/** Adds an attempt that is about to begin, on disk when this returns, and removes outdated ones. */
export async function recordAttempt(id: string, inputs: SessionInputs): Promise<void> {
    const folder = attemptsFolder();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await removeOutdated(folder);
    const attempt: Attempt = { startedAt: Date.now(), deployment: currentDeployment(), inputs };
    const file = await open(fileOf(id), "wx", 0o600);
    try {
        await file.writeFile(encrypt(JSON.stringify(attempt), id));
        await file.sync();
    } finally {
        await file.close();
    }
}

/** The attempt with the given id, if this user has begun it on this machine. */
export async function readAttempt(id: string): Promise<Attempt | undefined> {
    try {
        return attemptSchema.parse(JSON.parse(decrypt(await readFile(fileOf(id)), id)));
    } catch {
        // The attempt is not ours, or the entry was not written to its end, in which case the attempt did not begin.
        return undefined;
    }
}

/** Whether the attempt belongs to this deployment. */
export const isOfThisDeployment = ({ deployment }: Attempt): boolean => deployment === currentDeployment();

/** The working folder is that of the program. The backend may be that of `pulumi login`, which is not known here. */
const currentDeployment = (): string => JSON.stringify([process.cwd(), process.env.PULUMI_BACKEND_URL ?? ""]);

/**
 * Inputs may contain secrets, so an entry can be read only with the id of its attempt, which only the label of the session
 * contains: the id is both the key and, hashed, the name of the file.
 */
const fileOf = (id: string): string => join(attemptsFolder(), hash(`file ${id}`).toString("hex").slice(0, 32));
const keyOf = (id: string): Buffer => hash(`key ${id}`);
const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

function encrypt(text: string, id: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, keyOf(id), iv);
    const content = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), content]);
}

function decrypt(entry: Buffer, id: string): string {
    const decipher = createDecipheriv(CIPHER, keyOf(id), entry.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(entry.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(entry.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}

/** Another process may remove the same entries. */
async function removeOutdated(folder: string): Promise<void> {
    for (const name of await readdir(folder)) {
        const file = join(folder, name);
        const age = await stat(file).then(
            ({ mtimeMs }) => Date.now() - mtimeMs,
            () => 0,
        );
        if (age > MAX_AGE_MS) await rm(file, { force: true });
    }
}
