export interface WhenUnused {
    seconds: number;
    action: () => void;
}

/** Waits until a server has not been used for a time: no request in that time, none under way, and nothing else that lives. */
export class IdleShutdown {
    #wanted: WhenUnused | undefined;
    readonly #inUse: () => boolean;
    #timer: NodeJS.Timeout | undefined;
    #underWay = 0;

    constructor(wanted: WhenUnused | undefined, inUse: () => boolean) {
        this.#wanted = wanted;
        this.#inUse = inUse;
    }

    start(): void {
        if (this.#wanted === undefined) return;
        const { seconds, action } = this.#wanted;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => (this.#underWay > 0 || this.#inUse() ? this.start() : action()), seconds * 1000);
    }

    /** A request begins; the result is to be called when it ends. */
    requestStarted(): () => void {
        this.#underWay++;
        return () => {
            this.#underWay--;
            this.start();
        };
    }

    stop(): void {
        this.#wanted = undefined;
        clearTimeout(this.#timer);
    }
}
