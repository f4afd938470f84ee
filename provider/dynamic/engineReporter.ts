/** The provider process's line to the engine, whose address is that process's first argument. */
import { closeSync, openSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { nullReporter, type Reporter } from "../handlers/reporter";

/** Speaks through the engine's log; without an engine's address it stays silent. */
export function createEngineReporter(engineAddress: string | undefined): Reporter {
    if (!engineAddress) return nullReporter;
    // The stock provider process leaves the SDK's log without the engine's address.
    pulumi.runtime.resetOptions(pulumi.getProject(), "", -1, engineAddress, "", false, "");
    const fireAndForget = (said: Promise<void>) => void said.catch(() => undefined);
    const moving = (text: string) => fireAndForget(pulumi.log.info(text, undefined, undefined, true));
    const warned = new Set<string>();
    return {
        // Where nobody watches, the engine would print each status as a line of its own.
        status: hasTerminal() ? moving : () => undefined,
        milestone: moving,
        info: (text) => fireAndForget(pulumi.log.info(text)),
        warn: (text) => {
            if (!warned.has(text)) fireAndForget(pulumi.log.warn(text));
            warned.add(text);
        },
    };
}

/** Whether somebody may be watching: this process's own streams are the engine's, so its controlling terminal has to tell. */
function hasTerminal(): boolean {
    if (process.env.CI) return false;
    try {
        closeSync(openSync("/dev/tty", "r"));
        return true;
    } catch {
        return false;
    }
}
