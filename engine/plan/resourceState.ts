/** Builds the state that a goal describes, before the provider adds the id and the outputs. */

import type { ResourceState } from "../model/types";
import type { ReadGoal, ResourceGoal } from "./goal";

export function buildResourceState(
    urn: string,
    goal: ResourceGoal,
    old: ResourceState | undefined,
    formerUrn: string | undefined,
): ResourceState {
    return {
        urn,
        custom: goal.custom,
        type: goal.type,
        inputs: goal.properties,
        dependencies: goal.dependencies,
        propertyDependencies: goal.propertyDependencies,
        additionalSecretOutputs: goal.additionalSecretOutputs,
        ignoreChanges: goal.ignoreChanges,
        replaceOnChanges: goal.replaceOnChanges,
        replaceWith: goal.replaceWith,
        hideDiff: goal.hideDiff,
        ...(goal.parent !== undefined && { parent: goal.parent }),
        ...(goal.provider !== undefined && { provider: goal.provider }),
        ...(goal.protect === true && { protect: true }),
        ...(goal.retainOnDelete === true && { retainOnDelete: true }),
        ...(goal.deletedWith !== undefined && { deletedWith: goal.deletedWith }),
        ...(goal.replacementTrigger !== undefined && { replacementTrigger: goal.replacementTrigger }),
        ...(goal.customTimeouts !== undefined && { customTimeouts: goal.customTimeouts }),
        ...(goal.importId !== undefined && { importID: goal.importId }),
        ...(formerUrn !== undefined && { aliases: [formerUrn] }),
        ...(old?.created !== undefined && { created: old.created }),
        ...(old?.modified !== undefined && { modified: old.modified }),
        ...positionOf(goal),
    };
}

export function buildReadState(urn: string, goal: ReadGoal): ResourceState {
    return {
        urn,
        custom: true,
        type: goal.type,
        id: goal.id,
        inputs: goal.properties,
        external: true,
        dependencies: goal.dependencies,
        provider: goal.provider,
        additionalSecretOutputs: goal.additionalSecretOutputs,
        ...(goal.parent !== undefined && { parent: goal.parent }),
        ...positionOf(goal),
    };
}

const positionOf = (goal: ResourceGoal | ReadGoal): Pick<ResourceState, "sourcePosition" | "stackTrace"> => ({
    ...(goal.sourcePosition !== undefined && { sourcePosition: goal.sourcePosition }),
    ...(goal.stackTrace !== undefined && { stackTrace: goal.stackTrace }),
});
