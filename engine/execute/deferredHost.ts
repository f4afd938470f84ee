/** Lets a program start before its host exists: requests wait, in order, until the host is set. */

import type { ProgramHost } from "./programHost";

export class DeferredHost implements ProgramHost {
    #resolve: (host: ProgramHost) => void = () => undefined;
    readonly #host = new Promise<ProgramHost>((resolve) => (this.#resolve = resolve));

    resolveWith(host: ProgramHost): void {
        this.#resolve(host);
    }

    register(...args: Parameters<ProgramHost["register"]>): ReturnType<ProgramHost["register"]> {
        return this.#host.then((host) => host.register(...args));
    }

    read(...args: Parameters<ProgramHost["read"]>): ReturnType<ProgramHost["read"]> {
        return this.#host.then((host) => host.read(...args));
    }

    registerOutputs(...args: Parameters<ProgramHost["registerOutputs"]>): Promise<void> {
        return this.#host.then((host) => host.registerOutputs(...args));
    }

    reject(message: string): void {
        void this.#host.then((host) => host.reject(message));
    }
}
