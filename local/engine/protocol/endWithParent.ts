/**
 * Preloaded into the processes that the engine starts. They would outlive an engine that is killed (a provider for ever), and go
 * on to make what no state knows; so they end when the pipe that the engine holds open breaks.
 */

import { Socket } from "node:net";

/** The number of that pipe's file descriptor in the child. */
export const LIFELINE = 3;

if (process.argv[1] !== undefined && process.env.PULUMI_AGB_ENGINE_CHILD === "1") {
    const lifeline = new Socket({ fd: LIFELINE });
    lifeline.on("error", () => process.exit(1));
    lifeline.on("close", () => process.exit(1));
    lifeline.resume();
    lifeline.unref();
}
