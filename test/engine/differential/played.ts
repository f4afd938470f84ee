/** What one engine does in a deployment, in the form of the recordings. */
import { allDependenciesOf } from "../../../engine/model/graph";
import { UNKNOWN, type ResourceState } from "../../../engine/model/types";
import { canonical, resource, scrubber } from "../replay/normalise";
import type { Call, Entry, Json, Resource } from "../replay/recording";
import { all, type Deployment } from "../random/programs";

export interface Played {
    exit: number | string;
    calls: Call[];
    /** Deletions that came before that of a dependent. */
    misordered: string[];
    resources: Resource[];
    pendingOperations: Entry[];
    /** The output, which is not compared. */
    printed: string;
}

export interface DifferentialEngine {
    /** Starts with an empty stack. */
    reset(): void;
    play(deployment: Deployment): Promise<Played>;
    end(): Promise<void>;
}

interface Stored {
    resources?: Entry[] | undefined;
    pending_operations?: { type: string; resource: Entry }[] | undefined;
}

/** `before` are the resources before the deployment. */
export function normalised(
    { targets }: Deployment,
    played: { exit: number | string; calls: Call[]; stored: Stored; printed: string },
    before: Resource[],
): Played {
    const { stored, ...rest } = played;
    const result = {
        ...rest,
        calls: played.calls.filter((call) => !isIncidental(call, targets)),
        errors: [],
        outputs: null,
        resources: (stored.resources ?? []).map(resource),
        pendingOperations: (stored.pending_operations ?? []).map((operation) => ({
            type: operation.type,
            resource: resource(operation.resource),
        })),
    };
    const misordered = misorderedDeletions(result.calls, before);
    canonical(result, before);
    const { exit, resources, pendingOperations, printed } = result;
    return { exit, calls: withSortedDeletions(result.calls), misordered, resources, pendingOperations, printed };
}

/** The order of independent deletions is left to chance. */
function withSortedDeletions(calls: readonly Call[]): Call[] {
    const sorted: Call[] = [];
    let deletions: Call[] = [];
    for (const call of [...calls, undefined]) {
        if (call?.method === "delete") {
            deletions.push(call);
            continue;
        }
        sorted.push(...deletions.sort((a, b) => (JSON.stringify(a.id) < JSON.stringify(b.id) ? -1 : 1)));
        deletions = [];
        if (call) sorted.push(call);
    }
    return sorted;
}

function misorderedDeletions(calls: readonly Call[], before: readonly Resource[]): string[] {
    const deleted = calls.flatMap(({ method, id }) => (method === "delete" ? before.filter((of) => of.id === id) : []));
    return deleted.flatMap((state, index) =>
        deleted
            .slice(index + 1)
            .filter((later) => allDependenciesOf(later as unknown as ResourceState).includes(state.urn))
            .map((later) => `${state.urn} before ${later.urn}`),
    );
}

/**
 * A provider process is configured once, and the processes here live longer than a deployment. Before a deletion with
 * `--target`, Pulumi compares the dependents with unknown inputs, and makes nothing of the answers.
 */
const isIncidental = ({ method, news }: Call, targets: readonly string[]): boolean =>
    method === "configure" || (method === "diff" && targets.length > 0 && JSON.stringify(news).includes(UNKNOWN));

export const comparable = (steps: readonly Played[]): Json =>
    scrubber({})(JSON.parse(JSON.stringify(steps.map(({ printed: _printed, ...step }) => step))) as Json);

/** What makes the recorder fail as the deployment wants it to. */
export function controlOf({ faults, gone }: Deployment): Record<string, string[]> {
    const namesOf = (slot: number): string[] => [`r${slot}`, `renamed${slot}`];
    const idsOf = (slot: number): string[] =>
        namesOf(slot).flatMap((name) => Array.from({ length: 4 }, (_, index) => `${name}-${index + 1}`));
    const failing = (method: string, isPartial: boolean): number[] =>
        faults
            .filter((fault) => fault.method === method && isPartial === (fault.how === "is done in part"))
            .map(({ slot }) => slot);
    const control = {
        failCreate: failing("create", false).flatMap(namesOf),
        failCreatePartial: failing("create", true).flatMap(namesOf),
        failUpdate: failing("update", false).flatMap(namesOf),
        failUpdatePartial: failing("update", true).flatMap(namesOf),
        failDelete: all.filter((slot) => failing("delete", false).includes(slot)).flatMap(idsOf),
        gone: gone.flatMap(idsOf),
    };
    return Object.fromEntries(Object.entries(control).filter(([, list]) => list.length > 0));
}

/** Leaves out what real processes would leave to chance. */
export function predictable(deployment: Deployment): Deployment {
    const { killedAt: _killedAt, unsaved: _unsaved, ...rest } = deployment;
    const faults = deployment.faults
        .filter(({ how }) => how === "fails" || how === "is done in part")
        .map((fault) => (fault.method === "delete" ? { ...fault, how: "fails" as const } : fault));
    // Which deletions of a level come before one that fails is left to chance.
    const continueOnError = deployment.continueOnError || faults.some(({ method }) => method === "delete");
    const refresh = deployment.refresh && deployment.operation === "up";
    return { ...rest, faults, parallel: 1, continueOnError, refresh };
}

/** The arguments of the command. */
export function argumentsOf(deployment: Deployment): string[] {
    const { operation, continueOnError, refresh, targets, excludes, withDependents, replaces } = deployment;
    const urns = { target: targets, exclude: excludes, replace: replaces };
    return [
        ...(continueOnError && operation !== "refresh" ? ["--continue-on-error"] : []),
        ...(refresh ? ["--refresh"] : []),
        ...(withDependents && targets.length > 0 ? ["--target-dependents"] : []),
        ...(withDependents && excludes.length > 0 && operation !== "destroy" ? ["--exclude-dependents"] : []),
        ...Object.entries(urns).flatMap(([flag, list]) => list.flatMap((urn) => [`--${flag}`, urn])),
    ];
}
