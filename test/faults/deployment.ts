/** One resource, deployed by its handlers in the order in which an engine calls them, with the state that it would keep. */
import type { ResourceDefinition } from "../../provider/definitions/definition";
import type { Account } from "../../provider/handlers/account";
import { PartialFailure, type CheckResult, type Diff } from "../../provider/handlers/contract";
import { guarded } from "../../provider/handlers/guarded";
import { originOf } from "../support/handlers";

type Values = Record<string, unknown>;

/** The handlers of any resource, whatever its inputs and outputs are. */
export interface AnyHandlers {
    definition: ResourceDefinition;
    check(request: { olds: Values; news: Values }): CheckResult | Promise<CheckResult>;
    diff(request: { id: string; state: Values; inputs: Values; account: Account }): Diff | Promise<Diff>;
    create(request: { inputs: Values; account: Account }): Promise<{ id: string; state: object }>;
    read(request: {
        id: string;
        state: Values;
        account: Account;
    }): Promise<{ state: object; inputs?: object } | undefined>;
    update(request: { id: string; state: Values; inputs: Values; account: Account }): Promise<{ state: object }>;
    delete(request: { id: string; state: Values; account: Account }): Promise<void>;
}

interface Entry {
    id: string;
    inputs: Values;
    outputs: Values;
    /** The resource is not ready, so the next deployment updates it even if nothing has changed. */
    isPartial: boolean;
    /** The resource was deleted, and its replacement could not be created. */
    isPendingReplacement: boolean;
}

export type Step = "create" | "update" | "replace" | "same";

/** State as it is stored: without what JSON does not have. */
const stored = (values: object): Values => JSON.parse(JSON.stringify(values)) as Values;

export class Deployment {
    readonly #handlers: AnyHandlers;
    readonly name: string;
    #entry: Entry | undefined;
    /** Replaced resources that are not deleted yet. */
    #condemned: Entry[] = [];

    constructor(handlers: AnyHandlers, name: string) {
        this.#handlers = guarded(handlers);
        this.name = name;
    }

    /** How messages name the resource. */
    get displayName(): string {
        return `${this.#handlers.definition.name} "${this.name}"`;
    }

    /** The ids of all resources in the state. */
    get ids(): string[] {
        return [this.#entry, ...this.#condemned].flatMap((entry) =>
            entry === undefined || entry.isPendingReplacement ? [] : [entry.id],
        );
    }

    get id(): string {
        return this.#entry?.id ?? "";
    }

    get outputs(): Values {
        return this.#entry?.outputs ?? {};
    }

    /** Limits the time of a later `destroy`, as the option `customTimeouts` of an earlier `up` would have. */
    limitDelete(timeout: string): void {
        for (const entry of [this.#entry, ...this.#condemned]) {
            if (entry) entry.outputs.__timeouts = { create: timeout, update: timeout, delete: timeout };
        }
    }

    /** Deploys a program that declares the resource. */
    async up(declared: Values, account: Account, timeout: string): Promise<Step> {
        const news = {
            ...declared,
            __origin: originOf(this.name),
            __timeouts: { create: timeout, update: timeout, delete: timeout },
        };
        const step = await this.#apply(news, account);
        await this.#deleteCondemned(account);
        return step;
    }

    async destroy(account: Account): Promise<void> {
        if (this.#entry && !this.#entry.isPendingReplacement) await this.#delete(this.#entry, account);
        this.#entry = undefined;
        await this.#deleteCondemned(account);
    }

    async refresh(account: Account): Promise<void> {
        const entry = this.#entry;
        if (entry === undefined || entry.isPendingReplacement) return;
        const found = await this.#handlers.read({ id: entry.id, state: structuredClone(entry.outputs), account });
        if (found === undefined) {
            this.#entry = undefined;
            return;
        }
        const inputs = found.inputs ? stored(found.inputs) : entry.inputs;
        this.#entry = { ...entry, outputs: stored(found.state), inputs, isPartial: false };
        await this.#handlers.diff({ id: entry.id, state: stored(found.state), inputs, account });
    }

    async #apply(news: Values, account: Account): Promise<Step> {
        const entry = this.#entry;
        const inputs = await this.#check(entry?.inputs ?? {}, news, account);
        if (entry === undefined || entry.isPendingReplacement) {
            await this.#create(inputs, account);
            return "create";
        }
        const { id } = entry;
        const diff = await this.#handlers.diff({ id, state: structuredClone(entry.outputs), inputs, account });
        if (diff.replaces.length > 0) {
            await this.#replace(entry, await this.#check({}, news, account), diff, account);
            return "replace";
        }
        if (!diff.changes && !entry.isPartial) {
            this.#entry = { ...entry, inputs: stored(inputs) };
            return "same";
        }
        await this.#update(entry, inputs, account);
        return "update";
    }

    async #check(olds: Values, news: Values, account: Account): Promise<Values> {
        const { inputs, failures, warnings = [] } = await this.#handlers.check({ olds, news: structuredClone(news) });
        const [failure] = failures;
        if (failure) throw new Error(`${this.displayName}: ${failure.property} ${failure.reason}`);
        for (const warning of warnings) account.reporter.warn(warning);
        return inputs;
    }

    async #create(inputs: Values, account: Account): Promise<void> {
        const entry = { inputs: stored(inputs), isPartial: false, isPendingReplacement: false };
        try {
            const { id, state } = await this.#handlers.create({ inputs, account });
            this.#entry = { ...entry, id, outputs: stored(state) };
        } catch (error) {
            if (error instanceof PartialFailure) {
                this.#entry = { ...entry, id: error.id, outputs: stored(error.state), isPartial: true };
            }
            throw error;
        }
    }

    async #update(entry: Entry, inputs: Values, account: Account): Promise<void> {
        const { id, outputs } = entry;
        try {
            const { state } = await this.#handlers.update({ id, state: structuredClone(outputs), inputs, account });
            this.#entry = { ...entry, inputs: stored(inputs), outputs: stored(state), isPartial: false };
        } catch (error) {
            // The old inputs stay.
            if (error instanceof PartialFailure) {
                this.#entry = { ...entry, outputs: stored(error.state), isPartial: true };
            }
            throw error;
        }
    }

    async #replace(entry: Entry, inputs: Values, diff: Diff, account: Account): Promise<void> {
        if (diff.deleteBeforeReplace) {
            await this.#delete(entry, account);
            this.#entry = { ...entry, isPendingReplacement: true };
            await this.#create(inputs, account);
            return;
        }
        try {
            await this.#create(inputs, account);
        } finally {
            if (this.#entry !== entry) this.#condemned.push(entry);
        }
    }

    async #deleteCondemned(account: Account): Promise<void> {
        for (const entry of [...this.#condemned]) {
            await this.#delete(entry, account);
            this.#condemned = this.#condemned.filter((other) => other !== entry);
        }
    }

    #delete({ id, outputs }: Entry, account: Account): Promise<void> {
        return this.#handlers.delete({ id, state: structuredClone(outputs), account });
    }
}
