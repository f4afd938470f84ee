/** Changes of the state alone, of which no provider hears: for a state that has to be mended. */
import { Graph } from "../model/graph";
import { withNewNames } from "../plan/urnReferences";
import { parseUrn } from "../model/urn";
import type { ResourceState } from "../model/types";
import { UserError } from "../model/userError";

export interface Deletion {
    /** What depends on them too. */
    targetDependents?: boolean;
    /** Protected ones too. */
    force?: boolean;
}

/** The states without those; what they stand for stays where it is. Throws where others would be left without what they need. */
export function withoutStates(
    states: ResourceState[],
    urns: string[],
    { targetDependents, force }: Deletion,
): ResourceState[] {
    const graph = new Graph(states);
    const toDelete = new Set(urns.map((urn) => onlyState(states, urn)));
    for (const state of [...toDelete]) {
        const dependents = graph
            .dependentsOf(state, { children: true })
            .filter((dependent) => !toDelete.has(dependent));
        if (dependents.length > 0 && targetDependents !== true) {
            const list = dependents.map(({ urn }) => `"${parseUrn(urn).name}" (${urn})`).join(", ");
            throw new UserError(
                `${state.urn} can't be safely deleted because the following resources depend on it: ${list}. Delete those first, or give --target-dependents.`,
            );
        }
        for (const dependent of dependents) toDelete.add(dependent);
    }
    const isProtected = [...toDelete].find(({ protect }) => protect);
    if (isProtected && force !== true)
        throw new UserError(
            `${isProtected.urn} can't be safely deleted because it is protected. Give --force to delete it nevertheless.`,
        );
    return states.filter((state) => !toDelete.has(state));
}

/** The states with another name for that one, and for it in all that refers to it. */
export function withRenamed(states: ResourceState[], urn: string, name: string): ResourceState[] {
    const state = onlyState(states, urn);
    const newUrn = `${urn.slice(0, -parseUrn(urn).name.length)}${name}`;
    if (newUrn !== urn && states.some((other) => other.urn === newUrn))
        throw new UserError(`There is a resource ${newUrn} already.`);
    const renamed = new Map([[urn, newUrn]]);
    return states.map((other) =>
        other === state ? { ...state, urn: newUrn } : withoutEmpty(withNewNames(other, renamed)),
    );
}

/** The states with those protected, or none of them; without names, all of them. Those that are to be deleted stay as they are. */
export function withProtection(states: ResourceState[], urns: string[] | undefined, protect: boolean): ResourceState[] {
    const kept = states.filter((state) => state.delete !== true);
    const chosen = new Set(urns?.map((urn) => onlyState(kept, urn)) ?? kept);
    return states.map((state) => (chosen.has(state) ? { ...state, protect } : state));
}

function onlyState(states: ResourceState[], urn: string): ResourceState {
    const [state, ...others] = states.filter((candidate) => candidate.urn === urn);
    if (state === undefined)
        throw new UserError(`There is no resource ${urn} in the state. "pulumi-agb stack export" shows what there is.`);
    if (others.length > 0)
        throw new UserError(
            `The state has several resources ${urn}: change it by "pulumi-agb stack export" and "stack import".`,
        );
    return state;
}

/** As Pulumi's own renaming leaves it. */
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
