/**
 * Preloaded into the processes that the engine starts. If the engine is killed, they would keep running and create resources
 * that no state records. So they exit when the pipe that the engine holds open breaks.
 */

import { Socket } from "node:net";

const LIFELINE_FD = 3;

const lifeline = new Socket({ fd: LIFELINE_FD });
const end = (): never => process.exit(1);
lifeline.on("error", end).on("close", end).resume().unref();
