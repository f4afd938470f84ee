/** ^C and its like: the first one lets what is in flight finish, the second one ends the process at once. */

export interface Interruption {
    signal: AbortSignal;
    /** From then on the signals do what they do by themselves. */
    end: () => void;
}

/** In Pulumi's words. */
const NOTICE =
    "^C received; cancelling. If you would like to terminate immediately, press ^C again.\nNote that terminating immediately may lead to orphaned resources and other inconsistencies.\n";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function interruption(): Interruption {
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
