/** Finds the old state of a resource under its current and former names. */

import type { ResourceState } from "../model/types";
import { makeUrn, parseUrn, STACK_TYPE } from "../model/urn";
import type { Decisions } from "./decisions";
import type { Alias } from "./goal";
import type { PriorState } from "./priorState";

export interface AliasedResource {
    urn: string;
    name: string;
    type: string;
    parent?: string | undefined;
    aliases: readonly Alias[];
}

export interface OldStateLookup {
    old: ResourceState | undefined;
    /** The URN of the old state, if it differs. */
    formerUrn?: string;
    /** A conflict between aliases. */
    error?: string;
}

/** Looks under the resource's URN, then under each alias, and records the alias that matches. */
export function findOldState(prior: PriorState, decisions: Decisions, resource: AliasedResource): OldStateLookup {
    const { urn } = resource;
    const old = prior.current.get(urn);
    const takenBy = decisions.newUrnOf(urn);
    if (takenBy !== undefined) {
        return {
            old,
            error: `Duplicate resource URN '${urn}' conflicting with alias on resource with URN '${takenBy}'`,
        };
    }
    return old === undefined ? findByAlias(prior, decisions, resource) : { old };
}

function findByAlias(prior: PriorState, decisions: Decisions, resource: AliasedResource): OldStateLookup {
    const { urn } = resource;
    for (const formerUrn of formerUrns(decisions, resource)) {
        const old = prior.current.get(formerUrn);
        if (old === undefined || formerUrn === urn) continue;
        const conflicting = decisions.isRegistered(formerUrn) ? urn : decisions.newUrnOf(formerUrn);
        decisions.recordRename(formerUrn, urn);
        if (conflicting === undefined) return { old, formerUrn };
        return {
            old,
            formerUrn,
            error: `Duplicate resource alias '${formerUrn}' applied to resource with URN '${urn}' conflicting with resource with URN '${conflicting}'`,
        };
    }
    return { old: undefined };
}

/** The URNs of the resource's own aliases, then those that follow from an alias of its parent. */
function formerUrns(decisions: Decisions, resource: AliasedResource): Set<string> {
    const { parent } = resource;
    const own = resource.aliases.map((alias) => aliasUrn(decisions, resource, alias));
    const formerParent = parent === undefined ? undefined : decisions.formerUrnOf(parent);
    if (parent === undefined || formerParent === undefined) return new Set(own);
    const parentName = parseUrn(parent).name;
    const inherited = [resource, ...own.map(parseUrn)].map(({ type, name }) =>
        inheritedUrn(type, name, parentName, formerParent),
    );
    return new Set([...own, ...inherited]);
}

function aliasUrn(decisions: Decisions, resource: AliasedResource, alias: Alias): string {
    if ("urn" in alias) return alias.urn;
    const { stack, project } = parseUrn(resource.urn);
    let parent = alias.parent === undefined ? resource.parent : (decisions.formerUrnOf(alias.parent) ?? alias.parent);
    if (alias.noParent === true || (parent !== undefined && parseUrn(parent).qualifiedType === STACK_TYPE)) {
        parent = undefined;
    }
    return makeUrn(
        alias.stack ?? stack,
        alias.project ?? project,
        parent,
        alias.type ?? resource.type,
        alias.name ?? resource.name,
    );
}

/** If the name of a child starts with the name of its parent, its former name starts with the parent's former name. */
function inheritedUrn(type: string, name: string, parentName: string, formerParent: string): string {
    const { stack, project, name: formerParentName } = parseUrn(formerParent);
    const formerName = name.startsWith(parentName) ? formerParentName + name.slice(parentName.length) : name;
    return makeUrn(stack, project, formerParent, type, formerName);
}
