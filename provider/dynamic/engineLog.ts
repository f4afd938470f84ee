/** The provider process's line to the engine, whose address is that process's first argument. */
import * as pulumi from "@pulumi/pulumi";
import type { Voice } from "../handlers/account";

/** Speaks through the engine's log; without an engine's address it stays silent. */
export function engineVoice(engineAddress: string | undefined): Voice {
    if (!engineAddress) return { status: () => undefined, info: () => undefined, warn: () => undefined };
    // The stock provider process leaves the SDK's log without the engine's address.
    pulumi.runtime.resetOptions(pulumi.getProject(), "", -1, engineAddress, "", false, "");
    const quietly = (said: Promise<void>) => void said.catch(() => undefined);
    return {
        status: (text) => quietly(pulumi.log.info(text, undefined, undefined, true)),
        info: (text) => quietly(pulumi.log.info(text)),
        warn: (text) => quietly(pulumi.log.warn(text)),
    };
}
