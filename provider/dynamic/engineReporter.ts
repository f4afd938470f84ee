/** Reports to the engine from the provider process. */
import { closeSync, openSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { nullReporter, type Reporter } from "../handlers/reporter";

/** How long a handler waits for its lines to be logged. */
const MAX_FLUSH_MS = 1000;

/** A reporter whose lines are logged in the background. */
export interface EngineReporter extends Reporter {
    /** Waits until the engine has logged the lines, because it stops listening when a resource fails. */
    flush(): Promise<void>;
}

/** Writes to the log of the engine, whose address is the first argument of the provider process. Without one, it reports nothing. */
export function createEngineReporter(engineAddress: string | undefined): EngineReporter {
    if (!engineAddress) return { ...nullReporter, flush: () => Promise.resolve() };
    // Pulumi's provider process does not pass the engine's address to the SDK's log.
    pulumi.runtime.resetOptions(pulumi.getProject(), "", -1, engineAddress, "", false, "");
    const pending = new Set<Promise<void>>();
    const fireAndForget = (line: Promise<void>) => {
        const logged = line.catch(() => undefined).finally(() => pending.delete(logged));
        pending.add(logged);
    };
    const ephemeral = (text: string) => fireAndForget(pulumi.log.info(text, undefined, undefined, true));
    const warned = new Set<string>();
    return {
        // Without a terminal, the engine prints each status on a line of its own.
        status: hasTerminal() ? ephemeral : () => undefined,
        milestone: ephemeral,
        info: (text) => fireAndForget(pulumi.log.info(text)),
        warn: (text) => {
            if (!warned.has(text)) fireAndForget(pulumi.log.warn(text));
            warned.add(text);
        },
        async flush() {
            if (pending.size === 0) return;
            await Promise.race([Promise.all(pending), setTimeout(MAX_FLUSH_MS, undefined, { ref: false })]);
        },
    };
}

/** Whether the process has a controlling terminal. Its own streams are pipes to the engine. */
function hasTerminal(): boolean {
    if (process.env.CI) return false;
    try {
        closeSync(openSync("/dev/tty", "r"));
        return true;
    } catch {
        return false;
    }
}
