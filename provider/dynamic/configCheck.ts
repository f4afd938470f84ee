/** Finds misspelt configuration keys, which the provider would ignore: it asks only for those that it knows. */
import { runtime } from "@pulumi/pulumi";
import { configKeyProblem } from "../agb/configKeys";
import { programError } from "./programError";

let checked = false;

/** Checks once for each program, before its first resource. */
export function checkConfigOnce(): void {
    if (checked) return;
    for (const key of Object.keys(runtime.allConfig())) {
        const problem = configKeyProblem(key);
        if (problem !== undefined) throw programError(problem);
    }
    checked = true;
}
