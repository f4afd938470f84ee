/** ^C and its like: the first one lets what is in flight finish, the second one ends the process at once. */

export interface Interruption {
    signal: AbortSignal;
    /** From then on the signals do what they do by themselves. */
    end: () => void;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function interruption(): Interruption {
    const controller = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => {
        if (controller.signal.aborted) {
            process.exit(signal === "SIGINT" ? 130 : 143);
        }
        process.stderr.write("\nInterrupted: waiting for what is in progress, so that its outcome is not lost. Press ^C again to end at once; the next run then says what may have been left behind.\n");
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
