/**
 * Preloaded into the processes that the engine starts. They would outlive an engine that is killed (a provider for ever), and go
 * on to make what no state knows; so they end when the pipe that the engine holds open breaks.
 */

import { Socket } from "node:net";

/** The pipe's file descriptor. */
const LIFELINE = 3;

const lifeline = new Socket({ fd: LIFELINE });
const end = (): never => process.exit(1);
lifeline.on("error", end).on("close", end).resume().unref();
