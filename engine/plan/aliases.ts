/** Finds the old state of a resource under the names that it had before. */

import type { ResourceState } from "../model/types";
import type { PriorState } from "./priorState";
import type { Decisions } from "./decisions";
import type { Alias } from "./goal";
import { makeUrn, parseUrn, STACK_TYPE } from "../model/urn";

export interface Named {
    urn: string;
    name: string;
    type: string;
    parent?: string | undefined;
    aliases: readonly Alias[];
}

export interface FoundOld {
    old: ResourceState | undefined;
    /** The URN under which it was found, where that is another one. */
    formerUrn?: string;
    /** What is wrong with the alias. */
    error?: string;
}

/** Looks under the URN itself, then under each alias, and remembers which one it was. */
export function findOld(base: PriorState, decisions: Decisions, named: Named): FoundOld {
    const claimedBy = decisions.takenOver.get(named.urn);
    if (claimedBy !== undefined) {
        return {
            old: base.current.get(named.urn),
            error: `Duplicate resource URN '${named.urn}' conflicting with alias on resource with URN '${claimedBy}'`,
        };
    }
    const own = base.current.get(named.urn);
    if (own !== undefined) return { old: own };
    for (const formerUrn of formerUrns(decisions, named)) {
        const old = base.current.get(formerUrn);
        if (old === undefined || formerUrn === named.urn) continue;
        const other = decisions.claimed.has(formerUrn) ? named.urn : decisions.takenOver.get(formerUrn);
        decisions.takenOver.set(formerUrn, named.urn);
        decisions.formerUrns.set(named.urn, formerUrn);
        if (other === undefined) return { old, formerUrn };
        return {
            old,
            formerUrn,
            error: `Duplicate resource alias '${formerUrn}' applied to resource with URN '${named.urn}' conflicting with resource with URN '${other}'`,
        };
    }
    return { old: undefined };
}

function formerUrns(decisions: Decisions, named: Named): Set<string> {
    const urns = named.aliases.map((alias) => aliasUrn(decisions, named, alias));
    const formerParent = named.parent === undefined ? undefined : decisions.formerUrns.get(named.parent);
    if (named.parent === undefined || formerParent === undefined) return new Set(urns);
    const parentName = parseUrn(named.parent).name;
    const inherited = [named, ...urns.map(parseUrn)].map(({ type, name }) =>
        inheritedUrn(type, name, parentName, formerParent),
    );
    const [first, ...others] = inherited;
    return new Set([...urns, ...(first === undefined ? [] : [first]), ...others]);
}

function aliasUrn(decisions: Decisions, named: Named, alias: Alias): string {
    if ("urn" in alias) return alias.urn;
    const { stack, project } = parseUrn(named.urn);
    let parent = alias.parent === undefined ? named.parent : (decisions.formerUrns.get(alias.parent) ?? alias.parent);
    if (alias.noParent === true || (parent !== undefined && parseUrn(parent).qualifiedType === STACK_TYPE))
        parent = undefined;
    return makeUrn(
        alias.stack ?? stack,
        alias.project ?? project,
        parent,
        alias.type ?? named.type,
        alias.name ?? named.name,
    );
}

/** A child whose name begins with its parent's had the parent's former name there. */
function inheritedUrn(type: string, name: string, parentName: string, formerParent: string): string {
    const { stack, project, name: formerName } = parseUrn(formerParent);
    const formerChild = name.startsWith(parentName) ? formerName + name.slice(parentName.length) : name;
    return makeUrn(stack, project, formerParent, type, formerChild);
}
