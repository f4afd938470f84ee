/** Options that several subcommands share, named as the `pulumi` command names them. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { InvalidArgumentError, type Command } from "commander";

export interface StackFlags {
    stack?: string;
    cwd: string;
}

export function stackOptions(command: Command): Command {
    return command
        .option("-s, --stack <name>", "the stack to work on; else PULUMI_STACK, else the one chosen by `stack select`")
        .option(
            "-C, --cwd <folder>",
            "work as if started in this folder",
            (folder: string) => resolve(folder),
            process.cwd(),
        );
}

export interface DeployFlags extends StackFlags {
    yes?: boolean;
    skipPreview?: boolean;
    previewOnly?: boolean;
    nonInteractive?: boolean;
    json?: boolean;
    diff?: boolean;
    color: string;
    message: string;
    config?: string[];
    configPath?: boolean;
    expectNoChanges?: boolean;
    parallel: number;
    continueOnError?: boolean;
    refresh?: boolean;
    target: string[];
    targetDependents?: boolean;
    exclude: string[];
    excludeDependents?: boolean;
    excludeProtected?: boolean;
    replace?: string[];
    targetReplace?: string[];
    clearPendingCreates?: boolean;
    remove?: boolean;
}

/** Those of every command that deploys, also of `preview`. */
export function deployOptions(command: Command): Command {
    return displayOptions(stackOptions(command))
        .option(
            "-p, --parallel <number>",
            "how many resources are worked on at once; 1 for no parallelism",
            wholeNumber,
            defaultParallel(),
        )
        .option(
            "-t, --target <urn>",
            "work on this resource alone; may be given several times, with * and **",
            collect,
            [],
        )
        .option("--target-dependents", "and on what depends on the targets")
        .option("--exclude <urn>", "leave this resource alone; may be given several times, with * and **", collect, [])
        .option("--exclude-dependents", "and what depends on the excluded ones")
        .option("--expect-no-changes", "end with an error if anything changes")
        .option("--continue-on-error", "go on with what does not depend on a failure");
}

/** Those of every command that changes something. */
export function executionOptions(command: Command): Command {
    return command
        .option("-y, --yes", "do not ask, go on after the preview")
        .option("-f, --skip-preview", "do not preview first")
        .option("--preview-only", "only preview")
        .option("-m, --message <text>", "a message for the stack's history", "");
}

/** Those of the commands that run the program. */
export function programOptions(command: Command): Command {
    return command
        .option(
            "-c, --config <key=value>",
            "config for this stack, saved in its settings; may be given several times. For a secret use `config set --secret`",
            collect,
            [],
        )
        .option("--config-path", "keys of --config are paths into structured values")
        .option("-r, --refresh", "read everything first, and go on from what is there")
        .option("--replace <urn>", "replace this resource; may be given several times", collect, [])
        .option("--target-replace <urn>", "target and replace this resource; may be given several times", collect, []);
}

function displayOptions(command: Command): Command {
    return command
        .option("--non-interactive", "never ask, and print plain lines")
        .option("--color <when>", "always, never or auto", "auto")
        .option("-j, --json", "print JSON")
        .option("--diff", "show every change in full");
}

export function collect(value: string, previous: string[]): string[] {
    return [...previous, value];
}

function wholeNumber(value: string): number {
    const number = Number(value);
    if (!Number.isInteger(number)) {
        throw new InvalidArgumentError("It must be a whole number.");
    }
    return number;
}

/** As in the `pulumi` command: what the environment says, else four for each processor. */
function defaultParallel(): number {
    return Number(process.env.PULUMI_PARALLEL) || availableParallelism() * 4;
}
