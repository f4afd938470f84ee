/** What happened to sessions, also to those that no longer exist: their syncs and releases, in memory and on disk. */
import { join } from "node:path";
import type { SyncMode } from "../provider/agb/policy";
import type { SessionRecord } from "./account";
import type { Clock } from "./clock";
import { Journal } from "./journal";
import { sessionName, type SessionName } from "./sessionName";

/** Why a session is released. */
export type ReleaseReason = "request" | "idle" | "lifetime";

type Happening =
    | { kind: "created" }
    /** A sync has ended. `failure` is empty if it succeeded. */
    | { kind: SyncMode; contextId: string; contextName: string; path: string; milliseconds: number; failure: string }
    | { kind: "release"; reason: ReleaseReason }
    /** The session no longer exists. `failure` says why files were not uploaded, and is empty if all were. */
    | { kind: "released"; failure: string };

export type HistoryEvent = Happening & {
    number: number;
    /** In milliseconds of the local AGB's clock. */
    time: number;
    sessionId: string;
    session: SessionName;
};

/** The file in a data folder that records the history. */
export const HISTORY_FILE = "history.jsonl";
const MAX_EVENTS = 500;

/** The latest events. Older ones are forgotten. */
export class History {
    readonly #clock: Clock;
    readonly #events: HistoryEvent[] = [];
    #journal!: Journal<HistoryEvent>;

    private constructor(clock: Clock) {
        this.#clock = clock;
    }

    static async open(dataFolder: string, clock: Clock): Promise<History> {
        const history = new History(clock);
        history.#journal = await Journal.open<HistoryEvent>(
            join(dataFolder, HISTORY_FILE),
            (event) => history.#add(event),
            () => history.#events,
        );
        return history;
    }

    /** Does not wait for the disk, and does not fail: what happened has happened. */
    record({ id, labels }: SessionRecord, happening: Happening): void {
        const event: HistoryEvent = {
            number: (this.#events.at(-1)?.number ?? 0) + 1,
            time: this.#clock.now(),
            sessionId: id,
            session: sessionName(labels),
            ...happening,
        };
        this.#add(event);
        this.#journal.append(String(event.number), event).catch(() => undefined);
    }

    /** Newest first. */
    list(): HistoryEvent[] {
        return this.#events.toReversed();
    }

    close(): Promise<void> {
        return this.#journal.close();
    }

    #add(event: HistoryEvent): void {
        this.#events.push(event);
        if (this.#events.length > MAX_EVENTS) this.#events.shift();
    }
}
