/** What a keeper needs to know from the state of a stack. */
import type { ResourceState } from "../../engine/model/types";
import { parseUrn, STACK_TYPE } from "../../engine/model/urn";
import type { StoredDeployment } from "../../engine/state/checkpoint";
import { DEFAULT_IDLE_RELEASE_SECONDS } from "../../provider/agb";
import { typeToken } from "../../provider/dynamic/identifiers";
import { renewalTime } from "../../provider/handlers/session/renewal";

/** A session of the stack. Times are milliseconds since the epoch, by the clock of AGB. */
export interface KeptSession {
    id: string;
    name: string;
    idleMs: number;
    endsAt?: number | undefined;
    /** When `up` replaces it. Undefined without `renewBefore`. */
    renewAt?: number | undefined;
}

const SESSION = typeToken("Session");

/** The sessions that the stack owns. Those that it only refers to, or has yet to delete, are not its own. */
export function keptSessions({ resources = [] }: StoredDeployment): KeptSession[] {
    return resources.flatMap(({ type, id, urn, outputs = {}, external, delete: isDeleted }) => {
        if (type !== SESSION || id === undefined || external || isDeleted) return [];
        const expiresAt = typeof outputs.expiresAt === "string" ? outputs.expiresAt : undefined;
        return {
            id,
            name: parseUrn(urn).name,
            idleMs: (numberOf(outputs.idleReleaseTimeout) ?? DEFAULT_IDLE_RELEASE_SECONDS) * 1000,
            endsAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
            renewAt: renewalTime({ expiresAt }, { renewBefore: numberOf(outputs.renewBefore) }),
        };
    });
}

/** A text that changes whenever an output of the stack does. Secrets are encrypted in it. */
export const outputsMark = ({ resources = [] }: StoredDeployment): string =>
    JSON.stringify(resources.find(({ type }: ResourceState) => type === STACK_TYPE)?.outputs ?? {});

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
