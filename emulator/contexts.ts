/** The account's contexts: creates, finds, renames, clears and deletes them. */
import { randomId, type Account, type ContextRecord, type Mount } from "./account";
import { contextNotFound, invalidParameter } from "./apiError";
import type { Clock } from "./clock";
import type { ContextFiles } from "./disk/contextFiles";
import { messageWithoutPaths } from "./messageWithoutPaths";
import { normalSessionPath } from "./paths";
import type { SyntheticDelay } from "./syntheticDelay";

const MAX_NAME_LENGTH = 255;

export class Contexts {
    readonly #account: Account;
    readonly #files: ContextFiles;
    readonly #clock: Clock;
    readonly #delay: SyntheticDelay;
    readonly #warn: (message: string) => void;
    readonly #clearing = new Set<Promise<void>>();
    /** Creations run one at a time, so concurrent requests for a name create one context. */
    #creating: Promise<unknown> = Promise.resolve();

    constructor(
        account: Account,
        files: ContextFiles,
        clock: Clock,
        delay: SyntheticDelay,
        warn: (message: string) => void,
    ) {
        this.#account = account;
        this.#files = files;
        this.#clock = clock;
        this.#delay = delay;
        this.#warn = warn;
    }

    /** Newest first, without the hidden contexts of file transfer. */
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

    /** Mounts accept a context's name in the default region as well as its id. */
    getByIdOrName(idOrName: string): ContextRecord {
        return this.#account.contexts.get(idOrName) ?? this.byName(idOrName, "") ?? this.get(idOrName);
    }

    byName(name: string, region: string): ContextRecord | undefined {
        return this.list().find((context) => context.name === name && context.region === region);
    }

    /** The context with that name, created if it does not exist. */
    ensure(name: string, region: string): Promise<ContextRecord> {
        const result = this.#creating.then(
            async () => this.byName(name, region) ?? (await this.create({ name: checkName(name), region })),
        );
        this.#creating = result.catch(() => undefined);
        return result;
    }

    async create(properties: { name: string; region: string; ownerSessionId?: string }): Promise<ContextRecord> {
        const now = this.#clock.now();
        const context: ContextRecord = {
            id: randomId("SdkCtx-"),
            number: this.#account.nextNumber(),
            ...properties,
            createdAt: now,
            lastUsedAt: now,
            state: "available",
            generation: 0,
            uploadModes: {},
            recycling: {},
        };
        await this.#files.create(context);
        await this.#account.saveContext(context);
        return context;
    }

    async rename(id: string, name: string): Promise<void> {
        const context = this.get(id);
        const other = this.byName(checkName(name), context.region);
        if (other !== undefined && other !== context) {
            throw invalidParameter(`a context named ${name} already exists (${other.id})`);
        }
        context.name = name;
        await this.#account.saveContext(context);
    }

    async delete(id: string): Promise<void> {
        const context = this.get(id);
        await this.#account.removeContext(id);
        await this.#files.remove(context);
    }

    /** Records that a session has mounted contexts. */
    async recordMounts(mounts: readonly Mount[]): Promise<void> {
        const mounted = new Set<ContextRecord>();
        for (const { contextId, path, policy } of mounts) {
            const context = this.get(contextId);
            context.lastUsedAt = this.#clock.now();
            context.recycling[normalSessionPath(path)] = policy.recyclePolicy;
            mounted.add(context);
        }
        await Promise.all([...mounted].map((context) => this.#account.saveContext(context)));
    }

    /** Deletes the hidden contexts of a session. */
    async deleteOwnedBy(sessionId: string): Promise<void> {
        for (const context of [...this.#account.contexts.values()]) {
            if (context.ownerSessionId === sessionId) await this.delete(context.id);
        }
    }

    /** Returns immediately. The context is in state `clearing` until its files are deleted. */
    async clear(id: string): Promise<void> {
        const context = this.get(id);
        if (context.state === "clearing") return;
        context.state = "clearing";
        const { generation } = context;
        await this.#files.create({ id, generation: generation + 1 });
        context.generation++;
        context.uploadModes = {};
        await this.#account.saveContext(context);
        this.#finishClearing(context, () => this.#files.remove({ id, generation }));
    }

    /** Resolves when no context is being cleared. */
    async whenIdle(): Promise<void> {
        await Promise.all(this.#clearing);
    }

    /** Resumes what was in progress when the server stopped. */
    resume(): void {
        for (const context of this.#account.contexts.values()) {
            // The files of the earlier generation were deleted at startup, because no context refers to them.
            if (context.state === "clearing") this.#finishClearing(context, () => Promise.resolve());
        }
    }

    #finishClearing(context: ContextRecord, remove: () => Promise<void>): void {
        const work = this.#delay
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

function checkName(name: string): string {
    if (name.trim() === "" || name.length > MAX_NAME_LENGTH) {
        throw invalidParameter(`the name of a context must have 1 to ${MAX_NAME_LENGTH} characters`);
    }
    return name;
}
