/** Handles ^C and SIGTERM: the first signal lets running operations finish, and the second one exits immediately. */

export interface Interruption {
    signal: AbortSignal;
    /** Restores the default handling of the signals. */
    end: () => void;
}

/** Pulumi's own notice. */
const NOTICE =
    "^C received; cancelling. If you would like to terminate immediately, press ^C again.\nNote that terminating immediately may lead to orphaned resources and other inconsistencies.\n";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function handleSignals(): Interruption {
    const controller = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => {
        if (controller.signal.aborted) {
            process.exit(signal === "SIGINT" ? 130 : 143);
        }
        process.stderr.write(NOTICE);
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
