/** Handles ^C and SIGTERM: the first signal lets running operations finish, and the second one exits immediately. */

/** Pulumi's exit status of a terminated deployment. */
const EXIT_TERMINATED = 8;

interface SignalTexts {
    /** What the first signal prints. */
    notice: (name: string) => string;
    /** The exit status after the second one. */
    exitStatus: (signal: NodeJS.Signals) => number;
}

export interface Interruption {
    /** The signal's name is the reason. */
    signal: AbortSignal;
    /** Restores the default handling of the signals. */
    end: () => void;
}

/** Pulumi's own notices. */
const NOTE = "Note that terminating immediately may lead to orphaned resources and other inconsistencies.\n";
const DEPLOYMENT: SignalTexts = {
    notice: (name) =>
        `${name} received; cancelling. If you would like to terminate immediately, ${name === "^C" ? "press ^C" : `send ${name}`} again.\n${NOTE}`,
    exitStatus: () => EXIT_TERMINATED,
};

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function handleSignals({ notice, exitStatus } = DEPLOYMENT): Interruption {
    const controller = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => {
        const name = signal === "SIGINT" ? "^C" : signal;
        if (controller.signal.aborted) {
            process.stderr.write(`${name} received; terminating\n`);
            process.exit(exitStatus(signal));
        }
        process.stderr.write(notice(name));
        controller.abort(signal);
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
