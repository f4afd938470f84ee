/** How many files contexts contain, and how many bytes. */
import type { ContextFiles, ContextRevision } from "../disk/contextFiles";

export interface ContextSize {
    files: number;
    bytes: number;
}

interface Measurement {
    generation: number;
    size: Promise<ContextSize>;
    validUntil: number;
}

/** A size is measured again after this many times the duration of the measurement, so a large context costs little. */
const PAUSE_FACTOR = 20;

export class ContextSizes {
    readonly #files: ContextFiles;
    #measurements = new Map<string, Measurement>();

    constructor(files: ContextFiles) {
        this.#files = files;
    }

    /** The sizes by id. A context that was deleted meanwhile has none. */
    async of(contexts: readonly ContextRevision[]): Promise<Record<string, ContextSize>> {
        this.#measurements = new Map(contexts.map((context) => [context.id, this.#current(context)]));
        const sizes = [...this.#measurements].map(async ([id, { size }]) => [id, await size] as const);
        const settled = await Promise.allSettled(sizes);
        return Object.fromEntries(settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
    }

    #current({ id, generation }: ContextRevision): Measurement {
        const known = this.#measurements.get(id);
        if (known?.generation === generation && performance.now() < known.validUntil) return known;
        const startedAt = performance.now();
        const measurement = { generation, size: this.#measure(id), validUntil: Infinity };
        void measurement.size
            .catch(() => undefined)
            .finally(() => {
                const now = performance.now();
                measurement.validUntil = now + PAUSE_FACTOR * (now - startedAt);
            });
        return measurement;
    }

    async #measure(contextId: string): Promise<ContextSize> {
        const files = await (await this.#files.tree(contextId)).files();
        return { files: files.length, bytes: files.reduce((total, { size }) => total + size, 0) };
    }
}
