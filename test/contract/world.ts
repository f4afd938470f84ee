/** The account that the assumptions are checked against. What a check creates in it is removed in the end. */
import { setTimeout } from "node:timers/promises";
import type { LocalAgb } from "../../emulator/index";
import type { SyncTask } from "../../provider/agb/wire";
import { TestClient, type Policy, type Reply } from "../emulator/server/client";

const PREFIX = "pulumi-agb-contract";
const LABEL = "pulumi-agb-contract";
/** What an earlier run left behind is removed once that run must have ended. */
const LEFTOVER_AGE_MS = 2 * 60 * 60_000;
const WAIT_MS = 120_000;
const STEP_SECONDS = 15;

export interface MountRequest {
    contextId: string;
    path: string;
    policy?: Policy;
}

export class World {
    readonly agb: TestClient;
    readonly #local: LocalAgb | undefined;
    readonly #run = String(Date.now());
    #contexts = 0;

    constructor(address: { endpoint: string; apiKey: string }, local?: LocalAgb) {
        this.agb = new TestClient(address.endpoint, address.apiKey, local);
        this.#local = local;
    }

    contextName(): string {
        return `${PREFIX}-${this.#run}-${++this.#contexts}`;
    }

    /** Creates a context with files. */
    async context(files: Record<string, string | Buffer> = {}): Promise<string> {
        const id = await this.agb.createContext(this.contextName());
        for (const [path, content] of Object.entries(files)) await this.agb.put(id, path, content);
        return id;
    }

    /** Creates a session without waiting for its downloads. */
    session(mounts: MountRequest[] = [], more: { labels?: Record<string, string>; timeout?: number } = {}) {
        return this.agb.createSession(mounts, { ...more, labels: { ...more.labels, [LABEL]: this.#run } });
    }

    /** Creates a session and waits until its downloads have ended. */
    async ready(...given: Parameters<World["session"]>): Promise<string> {
        const sessionId = await this.session(...given);
        await this.ended(sessionId);
        return sessionId;
    }

    /** Syncs and waits until all tasks have ended. */
    async sync(sessionId: string, query: Record<string, string> = {}): Promise<SyncTask[]> {
        await this.agb.data("POST", "/sdk/SyncContext", { query: { sessionId, ...query } });
        return this.ended(sessionId);
    }

    /** Waits until no task of a session is under way, and returns its tasks. */
    ended(sessionId: string): Promise<SyncTask[]> {
        return this.until("the tasks ended", async () => {
            const tasks = await this.agb.tasks(sessionId);
            return tasks.every(({ status }) => /^(success|failed)$/i.test(status)) ? tasks : undefined;
        });
    }

    /** Releases a session and waits until it is gone. */
    async release(sessionId: string): Promise<void> {
        await this.agb.call("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
        await this.gone(sessionId);
    }

    gone(sessionId: string): Promise<true> {
        return this.until("the session is gone", async () => ((await this.isGone(sessionId)) ? true : undefined));
    }

    async isGone(sessionId: string): Promise<boolean> {
        const { success, code, data } = await this.agb.status(sessionId);
        return success ? (data as { status?: string }).status === "FINISH" : code === "InvalidMcpSession.NotFound";
    }

    /** Looks until it finds something. */
    async until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
        const deadline = Date.now() + WAIT_MS;
        for (;;) {
            const found = await look();
            if (found !== undefined) return found;
            if (Date.now() > deadline) throw new Error(`not within ${WAIT_MS / 1000} s: ${what}`);
            await setTimeout(this.#local === undefined ? 1000 : 10);
        }
    }

    /** Lets time pass, and does something every few seconds until it does. */
    async pass(seconds: number, meanwhile: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
        for (let passed = 0; passed < seconds; passed += STEP_SECONDS) {
            await meanwhile();
            if (this.#local === undefined) await setTimeout(STEP_SECONDS * 1000);
            else await this.#local.clock.advance(STEP_SECONDS * 1000);
        }
    }

    /** Removes everything of this run, and what earlier runs left behind. */
    async clean(): Promise<void> {
        await this.#removeSessions();
        const isOld = (run: string): boolean => Number(run) < Date.now() - LEFTOVER_AGE_MS;
        for (const { id, name } of await this.#list<{ id: string; name: string }>("/sdk/ListContexts")) {
            const run = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
            if (run === this.#run || (run !== undefined && isOld(run))) {
                await this.agb.call("POST", "/sdk/DeleteContext", { query: { id } });
            }
        }
    }

    /** The names of all contexts, and the ids of all sessions. */
    async names(): Promise<string[]> {
        const contexts = await this.#list<{ name: string }>("/sdk/ListContexts");
        const sessions = await this.#list<{ sessionId: string }>("/sdk/ListSession");
        return [...contexts.map(({ name }) => name), ...sessions.map(({ sessionId }) => sessionId)];
    }

    async #removeSessions(): Promise<void> {
        const labels = JSON.stringify({ [LABEL]: this.#run });
        const sessions = await this.#list<{ sessionId: string }>("/sdk/ListSession", { labels });
        for (const { sessionId } of sessions) {
            await this.agb.call("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
        }
        for (const { sessionId } of sessions) await this.gone(sessionId).catch(() => undefined);
    }

    async #list<Item>(path: string, query: Record<string, string> = {}): Promise<Item[]> {
        const items: Item[] = [];
        let nextToken: string | undefined = "";
        for (let page = 0; page < 100 && nextToken !== undefined; page++) {
            const reply: Reply = await this.agb.call("GET", path, {
                query: { ...query, maxResults: 50, ...(nextToken && { nextToken }) },
            });
            items.push(...((reply.data ?? []) as Item[]));
            nextToken = reply.nextToken || undefined;
        }
        return items;
    }
}
