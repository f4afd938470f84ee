/** The AGB account that a deployment works on, with what its handlers share. */
import { type AgbClient, type MountDownload, SessionSyncs, sessionEndState, type WireContext } from "../agb";
import { calls } from "../agb/calls";
import { lookUpContext } from "../agb/existence";
import { displayName, forceDestroyName, type Origin } from "./origin";
import type { Reporter } from "./reporter";
import { originLabels } from "./session/labels";
import { SharedListings } from "./support/sharedListing";

/** How long a listing of contexts or of running sessions is reused. */
const LISTING_TTL_MS = 30_000;

/** The idle limit to assume if it is not known. AGB does not report it, so this one is short. */
const ASSUMED_IDLE_SECONDS = 60;

/** What a deployment knows of one of its sessions. */
interface KnownSession {
    mounts: MountDownload[];
    idleReleaseTimeout: number;
}

export class Account {
    readonly #forced: ReadonlySet<string | undefined>;
    /** Marks of the account in states: that of its key, and those of earlier keys. */
    readonly #ownMarks: Set<string>;
    /** Ids of the contexts that this deployment has created. */
    readonly createdContexts = new Set<string>();
    /** Ids of existing contexts that a resource of this deployment keeps or has taken over. Another one must not delete them. */
    readonly keptContexts = new Set<string>();
    /** The sessions of this deployment that its handlers have seen, by id. */
    readonly sessions = new Map<string, KnownSession>();
    readonly #syncs = new Map<string, SessionSyncs>();
    readonly #sessionIds = new SharedListings<string>(calls.listSessions.name);
    readonly #contextNames = new SharedListings<string>(calls.listContexts.name);

    constructor(
        readonly agb: AgbClient,
        readonly reporter: Reporter,
        /** Labels for every session, from the config `agb:defaultLabels`. */
        readonly defaultLabels: Record<string, string>,
        /** Resources that may be deleted regardless of their content, as `TYPE:NAME` or by URN. */
        forced: string[],
    ) {
        this.#forced = new Set(forced);
        this.#ownMarks = new Set([agb.accountMark]);
    }

    /** Whether a state with this mark belongs to the account. */
    isOwnMark = (mark: string): boolean => this.#ownMarks.has(mark);

    /** Records the mark of an earlier key of the account. */
    addOwnMark(mark: string): void {
        this.#ownMarks.add(mark);
    }

    /** Whether a resource may be deleted regardless of its content. Warns if only its name is listed, which another type may share. */
    isForceDestroyed(
        type: string,
        state: { forceDestroy?: boolean | undefined; __origin?: Origin | undefined },
    ): boolean {
        if (state.forceDestroy === true) return true;
        const { __origin: origin } = state;
        if (!origin) return false;
        if (this.#forced.has(`${type}:${origin.name}`) || this.#forced.has(origin.urn)) return true;
        if (this.#forced.has(origin.name)) {
            this.reporter.warn(
                `${displayName(type, state)}: its name alone does not force its deletion, because other resources may share it. Write ${forceDestroyName(type, origin)} instead of ${origin.name} in AGB_FORCE_DESTROY or agb:forceDestroy.`,
            );
        }
        return false;
    }

    /** The syncs of a session. All waits for one session share a poller. */
    syncs(
        sessionId: string,
        idleReleaseTimeout = this.sessions.get(sessionId)?.idleReleaseTimeout ?? ASSUMED_IDLE_SECONDS,
    ): SessionSyncs {
        const syncs = this.#syncs.get(sessionId) ?? new SessionSyncs(this.agb, sessionId, idleReleaseTimeout);
        this.#syncs.set(sessionId, syncs);
        syncs.keepAlive(idleReleaseTimeout);
        return syncs;
    }

    /**
     * Whether a session still runs. Every deployment checks each session of the stack, so one listing by label serves all of
     * them. A session that is missing from the listing is looked up by its id.
     */
    async isAlive(sessionId: string, origin: Origin | undefined): Promise<boolean> {
        if (origin && (await this.runningSessions(origin)).has(sessionId)) return true;
        return (await sessionEndState(this.agb, sessionId)) === undefined;
    }

    /** The ids of the stack's running sessions. One listing serves all resources of a deployment for `maxAgeMs`. */
    runningSessions({ project, stack }: Origin, maxAgeMs = LISTING_TTL_MS): Promise<ReadonlySet<string>> {
        const { agb } = this;
        const labels = originLabels({ project, stack });
        return this.#sessionIds.get(JSON.stringify(labels), maxAgeMs, async function* () {
            for await (const { sessionId } of agb.listSessions(labels)) yield sessionId;
        });
    }

    /**
     * The context with the given name. AGB is asked for each name, so a context that was created meanwhile is found. If the
     * answer is not clear, one listing serves all names.
     */
    findContextByName(name: string, region: string | undefined): Promise<WireContext | undefined> {
        return lookUpContext(this.agb, { name }, region, async () => (await this.#namesIn(region)).has(name));
    }

    #namesIn(region: string | undefined): Promise<ReadonlySet<string>> {
        const { agb } = this;
        return this.#contextNames.get(region ?? "", LISTING_TTL_MS, async function* () {
            for await (const { name } of agb.listContexts(region)) yield name;
        });
    }
}
