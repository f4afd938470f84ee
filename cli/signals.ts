/** Handles ^C and SIGTERM: the first signal lets running operations finish, and the second one exits immediately. */

/** Pulumi's exit status of a terminated deployment. */
const EXIT_TERMINATED = 8;

export interface Interruption {
    signal: AbortSignal;
    /** Restores the default handling of the signals. */
    end: () => void;
}

/** Pulumi's own notices. */
const NOTE = "Note that terminating immediately may lead to orphaned resources and other inconsistencies.\n";
const noticeOf = (name: string): string =>
    `${name} received; cancelling. If you would like to terminate immediately, ${name === "^C" ? "press ^C" : `send ${name}`} again.\n${NOTE}`;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function handleSignals(): Interruption {
    const controller = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => {
        const name = signal === "SIGINT" ? "^C" : signal;
        if (controller.signal.aborted) {
            process.stderr.write(`${name} received; terminating\n`);
            process.exit(EXIT_TERMINATED);
        }
        process.stderr.write(noticeOf(name));
        controller.abort();
    };
    for (const signal of SIGNALS) {
        process.on(signal, onSignal);
    }
    return {
        signal: controller.signal,
        end: () => {
            for (const signal of SIGNALS) {
                process.off(signal, onSignal);
            }
        },
    };
}
