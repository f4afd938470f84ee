import { randomId, type Account, type ContextRecord } from "./account";
import type { Clock } from "./clock";
import type { ContextFiles } from "./disk/contextFiles";
import { messageWithoutPaths } from "./messageWithoutPaths";
import type { SyntheticDelay } from "./syntheticDelay";
import { contextNotFound, invalidParameter } from "./apiError";

/** The account's contexts: made, found, renamed, cleared, deleted. */
export class Contexts {
    readonly #account: Account;
    readonly #files: ContextFiles;
    readonly #clock: Clock;
    readonly #pace: SyntheticDelay;
    readonly #warn: (message: string) => void;
    readonly #clearing = new Set<Promise<void>>();
    /** One creation at a time, so that a name is made once however many ask for it. */
    #creating: Promise<unknown> = Promise.resolve();

    constructor(
        account: Account,
        files: ContextFiles,
        clock: Clock,
        pace: SyntheticDelay,
        warn: (message: string) => void,
    ) {
        this.#account = account;
        this.#files = files;
        this.#clock = clock;
        this.#pace = pace;
        this.#warn = warn;
    }

    /** Newest first, without those that serve file transfer. */
    list(): ContextRecord[] {
        return [...this.#account.contexts.values()]
            .filter((context) => context.ownerSessionId === undefined)
            .sort((a, b) => b.number - a.number);
    }

    get(id: string): ContextRecord {
        const context = this.#account.contexts.get(id);
        if (context === undefined) throw contextNotFound(id);
        return context;
    }

    byName(name: string, region: string): ContextRecord | undefined {
        return this.list().find((context) => context.name === name && context.region === region);
    }

    /** The one of that name, made if there is none. */
    ensure(name: string, region: string): Promise<ContextRecord> {
        const result = this.#creating.then(
            async () => this.byName(name, region) ?? (await this.create({ name: checkedName(name), region })),
        );
        this.#creating = result.catch(() => undefined);
        return result;
    }

    async create(given: { name: string; region: string; ownerSessionId?: string }): Promise<ContextRecord> {
        const now = this.#clock.now();
        const context: ContextRecord = {
            id: randomId("SdkCtx-"),
            number: this.#account.nextNumber(),
            ...given,
            createdAt: now,
            lastUsedAt: now,
            state: "available",
            generation: 0,
            recycling: {},
        };
        await this.#files.create(context);
        await this.#account.saveContext(context);
        return context;
    }

    async rename(id: string, name: string): Promise<void> {
        const context = this.get(id);
        const other = this.byName(checkedName(name), context.region);
        if (other !== undefined && other !== context)
            throw invalidParameter(`there is a context named ${name} already (${other.id})`);
        context.name = name;
        await this.#account.saveContext(context);
    }

    async delete(id: string): Promise<void> {
        const context = this.get(id);
        await this.#account.removeContext(id);
        await this.#files.remove(context);
    }

    /** Answers at once; the context shows `clearing` until the files are gone. */
    async clear(id: string): Promise<void> {
        const context = this.get(id);
        if (context.state === "clearing") return;
        context.state = "clearing";
        const { generation } = context;
        await this.#files.create({ id, generation: generation + 1 });
        context.generation++;
        delete context.uploadMode;
        await this.#account.saveContext(context);
        this.#finishClearing(context, () => this.#files.remove({ id, generation }));
    }

    /** Resolves when no context is being cleared. */
    async whenIdle(): Promise<void> {
        await Promise.all(this.#clearing);
    }

    /** Goes on with what was under way when the server was stopped. */
    resume(): void {
        for (const context of this.#account.contexts.values()) {
            // The files of its earlier generation have gone with all else that belongs to nothing.
            if (context.state === "clearing") this.#finishClearing(context, () => Promise.resolve());
        }
    }

    #finishClearing(context: ContextRecord, remove: () => Promise<void>): void {
        const work = this.#pace
            .pause()
            .then(remove)
            .then(async () => {
                context.state = "available";
                if (this.#account.contexts.has(context.id)) await this.#account.saveContext(context);
            })
            .catch((error: unknown) =>
                this.#warn(`context ${context.name} could not be cleared: ${messageWithoutPaths(error)}`),
            );
        this.#clearing.add(work);
        void work.finally(() => this.#clearing.delete(work));
    }
}

function checkedName(name: string): string {
    if (name.trim() === "" || name.length > 255)
        throw invalidParameter("the name of a context has 1 to 255 characters");
    return name;
}
