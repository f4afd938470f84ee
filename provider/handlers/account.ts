/** What handlers work with: the AGB account that a deployment reconciles, and a voice to its user. */
import { type AgbClient, SessionSyncs, sessionEndState } from "../agb";
import type { Origin } from "./origin";
import type { Reporter } from "./reporter";
import { originLabels } from "./session/labels";

/** How long an answer to "which sessions live" serves all who ask, in milliseconds. */
const LIVENESS_TTL_MS = 30_000;

export class Account {
    readonly #forcedNames: string[];
    /** The files that this deployment has made, each as `contextId:path`: whoever had one there before does not remove it any more. */
    readonly filesWritten = new Set<string>();
    readonly #syncs = new Map<string, SessionSyncs>();
    readonly #liveSessions = new Map<string, { asked: number; ids: Promise<Set<string>> }>();

    constructor(
        readonly agb: AgbClient,
        readonly reporter: Reporter,
        /** Labels for every session, from the config `agb:defaultLabels`. */
        readonly defaultLabels: Record<string, string>,
        /** Names of resources that may be deleted whatever they hold. */
        forcedNames: string[],
    ) {
        this.#forcedNames = forcedNames;
    }

    /** Whether a resource may be deleted whatever it holds. */
    isForceDestroyed(state: { forceDestroy?: boolean | undefined; __origin?: Origin | undefined }): boolean {
        return (
            state.forceDestroy === true ||
            (state.__origin !== undefined && this.#forcedNames.includes(state.__origin.name))
        );
    }

    /** The syncs of a session, with one poller for all who wait on them. */
    syncs(sessionId: string, idleReleaseTimeout?: number): SessionSyncs {
        let syncs = this.#syncs.get(sessionId);
        if (!syncs) this.#syncs.set(sessionId, (syncs = new SessionSyncs(this.agb, sessionId, idleReleaseTimeout)));
        return syncs;
    }

    /**
     * Whether a session still runs. One listing by label serves all sessions of the stack, since this is asked for each of
     * them on every deployment; one that is missing there is asked for by id.
     */
    async isAlive(sessionId: string, origin: Origin | undefined): Promise<boolean> {
        if (origin && (await this.#liveSessionIds(origin)).has(sessionId)) return true;
        return (await sessionEndState(this.agb, sessionId)) === undefined;
    }

    #liveSessionIds(origin: Origin): Promise<Set<string>> {
        const { project, stack } = origin;
        const key = JSON.stringify([project, stack]);
        const known = this.#liveSessions.get(key);
        if (known && Date.now() - known.asked < LIVENESS_TTL_MS) return known.ids;
        const ids = this.#list(originLabels({ project, stack }));
        this.#liveSessions.set(key, { asked: Date.now(), ids });
        ids.catch(() => this.#liveSessions.delete(key));
        return ids;
    }

    async #list(labels: Record<string, string>): Promise<Set<string>> {
        const ids = new Set<string>();
        for await (const session of this.agb.listSessions(labels)) ids.add(session.sessionId);
        return ids;
    }
}
