/** The resource `Command`: its arguments and its class. */
import { isSecret, output, type Input, type Output } from "@pulumi/pulumi";
import { withSessionId } from "./contextId";
import { commandDefinition, type CommandLogging, type OnFailure } from "./definitions/command";
import { AgbResource, type AgbResourceOptions } from "./dynamic/resource";
import type { Session } from "./session";

/** Arguments for {@link Command}. */
export interface CommandArgs {
    /** The session in which the command runs, or its id. A change runs the command again. */
    sessionId: Input<string | Session>;
    /**
     * The command that runs when the resource is created, with `bash` if the session has it, otherwise with `sh`. Without
     * `update`, a change runs it again.
     */
    create: Input<string>;
    /**
     * The command that runs instead of a replacement when `create`, `update`, `cwd` or `envs` changes.
     *
     * @default a change of `create`, `cwd` or `envs` replaces the resource
     */
    update?: Input<string>;
    /**
     * The command that runs before the resource is deleted or replaced. It does not run if the session has ended.
     *
     * @default none
     */
    delete?: Input<string>;
    /**
     * The working directory, an absolute path in the session.
     *
     * @default that of AGB's tool `shell`
     */
    cwd?: Input<string>;
    /**
     * Environment variables for all commands of this resource.
     *
     * @default {}
     */
    envs?: Input<Record<string, Input<string>>>;
    /**
     * Values of any type, including assets. A change of any of them runs the command again.
     *
     * @default []
     */
    triggers?: Input<Input<unknown>[]>;
    /**
     * Which output is shown while a command runs, and in errors: `stdoutAndStderr`, `stdout`, `stderr` or `none`. If a
     * command or `envs` is a secret, the default is `none`. The outputs `stdout` and `stderr` do not depend on it.
     *
     * @default "stdoutAndStderr"
     */
    logging?: Input<CommandLogging & {}>;
    /**
     * What happens to the deployment if a command ends with another exit code than 0: `fail` lets it fail, `report` only
     * shows the exit code in the outputs.
     *
     * @default "fail"
     */
    onFailure?: Input<OnFailure & {}>;
}

/**
 * A command that runs in a session, as a part of the deployment. It runs once, and again whenever the session, the command,
 * `cwd`, `envs` or one of the `triggers` changes. It may take as long as `customTimeouts.create` allows (5 minutes by
 * default) and is ended after that.
 *
 * The command does not depend on the deployment: if the deployment is interrupted or loses its connection, the command
 * continues, and the next `pulumi up` waits for it instead of starting it again. A command that failed runs again in the next
 * `pulumi up`.
 *
 * If the session is replaced, its commands run again in the new one, in the order of their dependencies. If the session has
 * ended, a refresh removes the command from the state. Deleting the resource ends all processes that it has left running.
 *
 * @throws The command ended with another exit code than 0, or not in time. The next `pulumi up` repeats it. With `onFailure: "report"`, this is not an error.
 * @throws The session has ended.
 * @example
 * // Set up a sandbox, and test in it. `dependsOn` sets the order.
 * const setup = new agb.Command("setup", { sessionId: session, create: "npm ci", cwd: "/home/work" });
 * const tests = new agb.Command("tests", { sessionId: session, create: "npm test", cwd: "/home/work", triggers: [process.env.COMMIT] }, { dependsOn: setup });
 * export const report = tests.stdout;
 *
 * @example
 * // A failure does not stop the deployment. The command may take half an hour.
 * const benchmark = new agb.Command(
 *     "benchmark",
 *     { sessionId: session.id, create: "make bench", cwd: "/home/work", onFailure: "report" },
 *     { customTimeouts: { create: "30m" } },
 * );
 * export const exitCode = benchmark.exitCode;
 *
 * @example
 * // A secret in the environment. The outputs are secrets, too, and are not shown.
 * const token = new pulumi.Config().requireSecret("token");
 * new agb.Command("login", { sessionId: session, create: 'echo "$TOKEN" | registry login', envs: { TOKEN: token } });
 */
export class Command extends AgbResource<Command, CommandArgs> {
    /**
     * The output of the last command, `create` or `update`, without the line break at its end. Of more than 64 KB, only the
     * end, after a line that says how many bytes were left out. A secret if `create`, `update` or `envs` is.
     */
    declare readonly stdout: Output<string>;
    /** The error output of the last command, like `stdout`. */
    declare readonly stderr: Output<string>;
    /** The exit code of the last command. It is 124 if the command was ended at its time limit. */
    declare readonly exitCode: Output<number>;
    /** The start time by the clock of the session, as an ISO 8601 date. */
    declare readonly startedAt: Output<string>;
    /** The end time by the clock of the session, as an ISO 8601 date. */
    declare readonly finishedAt: Output<string>;
    /** The configured value. */
    declare readonly sessionId: Output<string>;
    /** The configured value. */
    declare readonly create: Output<string>;
    /** The configured value. */
    declare readonly update: Output<string | undefined>;
    /** The configured value. */
    declare readonly delete: Output<string | undefined>;
    /** The configured value. */
    declare readonly cwd: Output<string | undefined>;
    /** The configured value. */
    declare readonly envs: Output<Record<string, string>>;
    /** The configured value. */
    declare readonly triggers: Output<unknown[]>;
    /** The configured value, or the default for secrets. */
    declare readonly logging: Output<CommandLogging>;
    /** The configured value. */
    declare readonly onFailure: Output<OnFailure>;

    constructor(name: string, args: CommandArgs, opts?: AgbResourceOptions) {
        super(commandDefinition, name, withSafeLogging(withSessionId(args)), opts);
    }
}

/** Output that may contain a secret is shown only if the program asks for it. */
function withSafeLogging(args: CommandArgs): object {
    // Programs in JavaScript may give arguments of any type.
    if (typeof (args as unknown) !== "object" || args.logging !== undefined) return args;
    const { create, update, envs, delete: deletion } = args;
    const logging = isSecret(output([create, update, deletion, envs])).then((secret) => (secret ? "none" : undefined));
    return { ...args, logging };
}
