/** Reports to the engine from the provider process. */
import { closeSync, openSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { nullReporter, type Reporter } from "../handlers/reporter";

/** Writes to the log of the engine, whose address is the first argument of the provider process. Without one, it reports nothing. */
export function createEngineReporter(engineAddress: string | undefined): Reporter {
    if (!engineAddress) return nullReporter;
    // Pulumi's provider process does not pass the engine's address to the SDK's log.
    pulumi.runtime.resetOptions(pulumi.getProject(), "", -1, engineAddress, "", false, "");
    const fireAndForget = (logged: Promise<void>) => void logged.catch(() => undefined);
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
