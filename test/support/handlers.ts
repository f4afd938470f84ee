/** What handlers receive from an engine, made up for a test, and what they throw. */
import type { AgbClient } from "../../provider/agb";
import { Account } from "../../provider/handlers/account";
import { PartialFailure } from "../../provider/handlers/contract";
import type { Origin } from "../../provider/handlers/origin";
import { nullReporter, type Reporter } from "../../provider/handlers/reporter";

/** Where the resource `name` comes from: project `p`, stack `s`, no parents. */
export const originOf = (name: string): Origin => ({ project: "p", stack: "s", name, parents: [] });

/** A reporter that keeps every line, whatever its kind. */
export function recordingReporter(): { reporter: Reporter; lines: string[] } {
    const lines: string[] = [];
    const record = (line: string): void => void lines.push(line);
    return { reporter: { status: record, milestone: record, info: record, warn: record }, lines };
}

/** An account without configuration, as a new deployment finds it. */
export const accountOf = (client: AgbClient, reporter: Reporter = nullReporter, forceDestroy: string[] = []): Account =>
    new Account(client, reporter, {}, forceDestroy);

/** The {@link PartialFailure} that an attempt must end with. */
export async function partialFailure<State>(
    attempt: Promise<{ state: State }>,
): Promise<Omit<PartialFailure, "state"> & { state: State }> {
    const outcome = await attempt.catch((error: unknown) => error);
    if (outcome instanceof PartialFailure) return outcome as PartialFailure & { state: State };
    throw new Error(`not a partial failure: ${String(outcome)}`);
}
