/** A model of what contexts must contain, whatever happens to the deployments. */
import type { KillableAccount } from "./account";

/** The files of each context that sandboxes have written. Each write of a file has a higher version. */
export class Contents {
    /** The newest version of each file, as `context path`. */
    readonly #written = new Map<string, number>();
    /** The newest version of each file that its context has contained. */
    readonly #acknowledged = new Map<string, number>();
    #versions = 0;

    /** A version for a new write. It counts once the write has succeeded. */
    next(): number {
        return ++this.#versions;
    }

    recordWrite(contextId: string, path: string, version: number): void {
        this.#written.set(`${contextId} ${path}`, version);
    }

    /** Compares the contexts with the model. What a context has contained once must stay, in that version or a newer one. */
    async lost(account: KillableAccount): Promise<string[]> {
        return this.#missing(account, this.#acknowledged, (key, version) => {
            this.#acknowledged.set(key, Math.max(version, this.#acknowledged.get(key) ?? 0));
        });
    }

    /** Like {@link lost}, when all sandboxes are gone: every write must have arrived. */
    async neverArrived(account: KillableAccount): Promise<string[]> {
        return this.#missing(account, this.#written, () => undefined);
    }

    async #missing(
        account: KillableAccount,
        expected: ReadonlyMap<string, number>,
        onFound: (key: string, version: number) => void,
    ): Promise<string[]> {
        const found = new Map<string, number>();
        for await (const { id } of account.client.listContexts()) {
            for (const [path, content] of await account.files(id)) {
                const version = /^version (\d+)$/.exec(content)?.[1];
                if (version !== undefined) found.set(`${id} ${path}`, Number(version));
            }
        }
        const missing = [...expected].flatMap(([key, version]) => {
            const present = found.get(key);
            return present !== undefined && present >= version
                ? []
                : [
                      `${key}: version ${version} expected, ${present === undefined ? "no file" : `version ${present}`} found`,
                  ];
        });
        for (const [key, version] of found) onFound(key, version);
        return missing;
    }
}

export const textOf = (version: number): string => `version ${version}`;
