/** Edits to the state that no provider is involved in. */
import { commandLine } from "../../common/commandLine";
import { Graph } from "../model/graph";
import { renameReferences } from "../model/urnReferences";
import { parseUrn } from "../model/urn";
import type { ResourceState } from "../model/types";
import { UserError } from "../model/userError";

export interface Deletion {
    /** Also delete the resources that depend on the named ones. */
    targetDependents?: boolean;
    /** Also delete protected resources. */
    force?: boolean;
}

/** Removes resources from the state without deleting them. Throws if the remaining ones depend on them. */
export function deleteStates(
    states: ResourceState[],
    urns: string[],
    { targetDependents, force }: Deletion,
): ResourceState[] {
    const graph = new Graph(states);
    const toDelete = new Set(urns.map((urn) => findState(states, urn)));
    for (const state of [...toDelete]) {
        const dependents = graph
            .dependentsOf(state, { children: true })
            .filter((dependent) => !toDelete.has(dependent));
        if (dependents.length > 0 && targetDependents !== true) {
            const names = dependents.map(({ urn }) => `"${parseUrn(urn).name}" (${urn})`).join(", ");
            throw new UserError(
                `${state.urn} can't be safely deleted because the following resources depend on it: ${names}. Delete those first, or pass --target-dependents.`,
            );
        }
        for (const dependent of dependents) toDelete.add(dependent);
    }
    const protectedState = [...toDelete].find(({ protect }) => protect);
    if (protectedState && force !== true) {
        throw new UserError(
            `${protectedState.urn} can't be safely deleted because it is protected. Pass --force to delete it anyway.`,
        );
    }
    return states.filter((state) => !toDelete.has(state));
}

/** Renames a resource, and updates all references to it. */
export function renameState(states: ResourceState[], urn: string, name: string): ResourceState[] {
    const state = findState(states, urn);
    const newUrn = `${urn.slice(0, -parseUrn(urn).name.length)}${name}`;
    if (newUrn !== urn && states.some((other) => other.urn === newUrn)) {
        throw new UserError(`the state already has a resource ${newUrn}.`);
    }
    const renamed = new Map([[urn, newUrn]]);
    return states.map((other) =>
        other === state ? { ...state, urn: newUrn } : withoutEmpty(renameReferences(other, renamed)),
    );
}

/** Changes the named resources, or all of them without `urns`. Resources pending deletion are not changed. */
export function markStates(
    states: ResourceState[],
    urns: string[] | undefined,
    mark: Pick<ResourceState, "protect" | "taint">,
): ResourceState[] {
    const editable = states.filter((state) => state.delete !== true);
    const chosen = new Set(urns?.map((urn) => findState(editable, urn)) ?? editable);
    return states.map((state) => (chosen.has(state) ? { ...state, ...mark } : state));
}

function findState(states: ResourceState[], urn: string): ResourceState {
    const [state, ...others] = states.filter((candidate) => candidate.urn === urn);
    if (state === undefined) {
        throw new UserError(
            `the state has no resource ${urn}. List the resources with \`${commandLine("stack export")}\`.`,
        );
    }
    if (others.length > 0) {
        throw new UserError(
            `the state has several resources ${urn}. Edit it with \`${commandLine("stack export")}\` and \`${commandLine("stack import")}\`.`,
        );
    }
    return state;
}

/** Removes empty references, as Pulumi does when it renames a resource. */
function withoutEmpty(state: ResourceState): ResourceState {
    const { propertyDependencies = {}, dependencies, replaceWith, ...rest } = state;
    const filled = Object.entries(propertyDependencies).filter(([, urns]) => urns !== null && urns.length > 0);
    return {
        ...rest,
        ...(dependencies?.length && { dependencies }),
        ...(filled.length > 0 && { propertyDependencies: Object.fromEntries(filled) }),
        ...(replaceWith?.length && { replaceWith }),
    };
}
