/**
 * The mark of the account in each state. With another account's key, nothing of a stack can be found, and a handler would
 * conclude that all of it is gone. So before a handler looks, the mark shows whether the state belongs to this account.
 */
import { findContext, sessionEndState } from "../agb/index";
import type { ResourceDefinition } from "../definitions/definition";
import type { Account } from "./account";
import { displayName, type CommonInputs } from "./origin";
import { stateDeleteCommand } from "./support/errors";
import { asList, asRecord } from "./support/values";

/** A session is certain to have ended this long after its expiry, whatever the clocks say. */
const EXPIRY_MARGIN_MS = 5 * 60 * 1000;

/** The part of a state that this file reads and writes. States of earlier releases have no mark. */
export interface MarkedState extends CommonInputs {
    __account?: string | undefined;
}

export const withMark = <State extends object>(state: State, { agb }: Account): State => ({
    ...state,
    __account: agb.accountMark,
});

/** The request as handlers get it: they neither read nor write the mark. */
export function withoutMark<Request extends { state: MarkedState }>(request: Request): Request {
    const { __account: _mark, ...state } = request.state;
    return { ...request, state };
}

/**
 * Throws if the state was written with another key and nothing of it is in this account. If anything is, the key was
 * rotated, which then counts for every state with the same mark.
 */
export async function assertSameAccount(
    definition: ResourceDefinition,
    id: string,
    state: MarkedState,
    account: Account,
): Promise<void> {
    const { __account: mark } = state;
    if (mark === undefined || account.isOwnMark(mark)) return;
    if (await isInAccount(definition, id, state, account)) {
        account.addOwnMark(mark);
    } else if (!hasExpired(state)) {
        throw new Error(
            `${displayName(definition.name, state)} (${id}) was deployed to another AGB account: the account of the current API key and endpoint does not have it. Nothing was changed. ` +
                `Set the key and the endpoint of its account, or if it no longer exists, run \`${stateDeleteCommand(state)}\`.`,
        );
    }
}

/** Whether the account has the resource, its session or one of its contexts. */
async function isInAccount(
    { name }: ResourceDefinition,
    id: string,
    state: object,
    { agb }: Account,
): Promise<boolean> {
    const { contextId, contextSyncs, contextStatuses, sessionId, region } = asRecord(state);
    const mounts = [...asList(contextSyncs), ...asList(contextStatuses)].map((mount) => asRecord(mount).contextId);
    const contexts = new Set([...(name === "Context" ? [id] : []), contextId, ...mounts].filter(isText));
    for (const context of contexts) {
        if (await findContext(agb, { id: context }, isText(region) ? region : undefined)) return true;
    }
    const session = name === "Session" ? id : sessionId;
    return isText(session) && (await sessionEndState(agb, session)) !== "gone";
}

function hasExpired(state: object): boolean {
    const { expiresAt } = asRecord(state);
    return isText(expiresAt) && Date.parse(expiresAt) + EXPIRY_MARGIN_MS < Date.now();
}

const isText = (value: unknown): value is string => typeof value === "string";
