/** Finds misspelt configuration keys, which the provider would ignore, and an API key that is not encrypted. */
import { log, runtime } from "@pulumi/pulumi";
import { commandLine } from "../../common/commandLine";
import { API_KEY, configKeyProblem } from "../agb/configKeys";
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
    // Only the environment of a program says which keys are secrets. An inline program does not have it.
    const secrets = process.env.PULUMI_CONFIG_SECRET_KEYS;
    if (API_KEY in runtime.allConfig() && secrets !== undefined && !secrets.includes(JSON.stringify(API_KEY))) {
        void log.warn(
            `${API_KEY} is in plain text in the settings of the stack. Encrypt it with \`${commandLine(`config set --secret ${API_KEY}`)}\`, and if others can read the file, replace the key.`,
        );
    }
}
