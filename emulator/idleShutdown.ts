/** Shuts down a server that is no longer used. */
export interface WhenUnused {
    seconds: number;
    action: () => void;
}

/** Calls its action once no request has been in progress for a while and nothing else is in use. */
export class IdleShutdown {
    #whenUnused: WhenUnused | undefined;
    readonly #isInUse: () => boolean;
    #timer: NodeJS.Timeout | undefined;
    #activeRequests = 0;

    constructor(whenUnused: WhenUnused | undefined, isInUse: () => boolean) {
        this.#whenUnused = whenUnused;
        this.#isInUse = isInUse;
    }

    start(): void {
        if (this.#whenUnused === undefined) return;
        const { seconds, action } = this.#whenUnused;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(
            () => (this.#activeRequests > 0 || this.#isInUse() ? this.start() : action()),
            seconds * 1000,
        );
    }

    /** Call the returned function when the request ends. */
    requestStarted(): () => void {
        this.#activeRequests++;
        return () => {
            this.#activeRequests--;
            this.start();
        };
    }

    stop(): void {
        this.#whenUnused = undefined;
        clearTimeout(this.#timer);
    }
}
