/** The definition table of `Command`, and the values of its inputs. */
import { defineResource } from "./definition";

/** Which output of a command the deployment shows. */
export const CommandLogging = {
    StdoutAndStderr: "stdoutAndStderr",
    Stdout: "stdout",
    Stderr: "stderr",
    None: "none",
} as const;
export type CommandLogging = (typeof CommandLogging)[keyof typeof CommandLogging];

/** What happens to a deployment when a command fails. */
export const OnFailure = {
    /** The deployment fails with an error that contains the last lines of output. */
    Fail: "fail",
    /** The deployment succeeds, and the outputs report the failure. */
    Report: "report",
} as const;
export type OnFailure = (typeof OnFailure)[keyof typeof OnFailure];

export const commandDefinition = defineResource({
    name: "Command",
    handlers: "command",
    inputs: {
        sessionId: "replace",
        triggers: "replace",
        // Without the command `update`, the handlers replace the resource instead.
        create: "update",
        cwd: "update",
        envs: "update",
        update: "update",
        // Only this provider reads these.
        delete: "update",
        logging: "update",
        onFailure: "update",
    },
    outputs: {
        stdout: { secretWhen: ["create", "update", "envs"] },
        stderr: { secretWhen: ["create", "update", "envs"] },
        exitCode: {},
        startedAt: {},
        finishedAt: {},
    },
    deleteBeforeReplace: true,
    createFirstProblem: "the deletion of the old command would end the processes of the new one",
    importAlternative: "A command is an action, so there is nothing to import: declare a new one.",
});
