/** Lets a program begin before there is anybody to answer it: what it says meanwhile waits, in its order. */

import type { ProgramHost } from "./registrations";

export class DeferredHost implements ProgramHost {
    #come: (host: ProgramHost) => void = () => undefined;
    readonly #host = new Promise<ProgramHost>((resolve) => (this.#come = resolve));

    /** From now on `host` answers. */
    resolveWith(host: ProgramHost): void {
        this.#come(host);
    }

    register(...goal: Parameters<ProgramHost["register"]>): ReturnType<ProgramHost["register"]> {
        return this.#host.then((host) => host.register(...goal));
    }

    read(...goal: Parameters<ProgramHost["read"]>): ReturnType<ProgramHost["read"]> {
        return this.#host.then((host) => host.read(...goal));
    }

    registerOutputs(...outputs: Parameters<ProgramHost["registerOutputs"]>): Promise<void> {
        return this.#host.then((host) => host.registerOutputs(...outputs));
    }

    refuse(message: string): void {
        void this.#host.then((host) => host.refuse(message));
    }
}
