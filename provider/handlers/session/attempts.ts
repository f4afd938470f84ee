/** The journal of attempts to create sessions. */
import { z } from "zod";
import { currentDeployment, Journal } from "../support/journal";
import { sessionInputsSchema, type SessionInputs } from "./state";

/** Longer than any session exists. */
const MAX_AGE_MS = 60 * 60 * 1000;

const attemptSchema = z.object({ startedAt: z.number(), deployment: z.string(), inputs: sessionInputsSchema });

/** An attempt to create a session. */
export interface Attempt {
    /** When it began, in milliseconds since the epoch. */
    startedAt: number;
    inputs: SessionInputs;
    deployment: string;
}

/** The key of an entry is the id of its attempt, which only a label of the session contains. */
const journal = new Journal<Attempt>("attempts", attemptSchema, MAX_AGE_MS);

/** The folder of the journal. */
export const attemptsFolder = (): string => journal.folder;

/** Adds an attempt that is about to begin, on disk when this returns. */
export const recordAttempt = (id: string, inputs: SessionInputs): Promise<void> =>
    journal.record(id, { startedAt: Date.now(), deployment: currentDeployment(), inputs });

/** The attempt with the given id, if this user has begun it on this machine. */
export const readAttempt = (id: string): Promise<Attempt | undefined> => journal.read(id);

/** Whether the attempt belongs to this deployment. */
export const isOfThisDeployment = ({ deployment }: Attempt): boolean => deployment === currentDeployment();
