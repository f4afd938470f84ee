/** The two sides of a running program: what it asks of the engine, and what the engine needs of it. */

import type { ReadGoal, RegisterResult, ResourceGoal } from "../plan/goal";
import type { PropertyMap } from "../model/types";

/** A read whose provider may still have to be chosen. */
export type ReadRequest = Omit<ReadGoal, "provider"> & { provider?: string | undefined };

/** Serves the program's requests. A promise that never resolves leaves the program without an answer. */
export interface ProgramHost {
    register(goal: ResourceGoal): Promise<RegisterResult>;
    read(request: ReadRequest): Promise<RegisterResult>;
    registerOutputs(urn: string, outputs: PropertyMap): Promise<void>;
    /** Ends the deployment because the program uses something unsupported. */
    reject(message: string): void;
}

export interface Program {
    /** Resolves when the program registers nothing more. Rejects if it failed, after the failure has been reported. */
    finished: Promise<void>;
    /** Lets the program exit, and ends it if it does not. Reports an exit status other than 0, and resolves to "failed" then. */
    end(): Promise<"succeeded" | "failed">;
}
