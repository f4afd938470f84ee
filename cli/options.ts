/** Options shared by several subcommands, named as in the `pulumi` command. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";

export interface StackFlags {
    stack?: string;
    cwd: string;
}

export function stackOptions(command: Command): Command {
    return command
        .option(
            "-s, --stack <name>",
            "The stack to use (default: PULUMI_STACK, or the stack chosen with `stack select`)",
        )
        .addOption(cwdOption());
}

export function cwdOption(): Option {
    return new Option("-C, --cwd <folder>", "Run as if started in this folder")
        .default(process.cwd(), "the current folder")
        .argParser((folder) => resolve(folder));
}

export interface DeployFlags extends StackFlags {
    yes?: boolean;
    skipPreview?: boolean;
    previewOnly?: boolean;
    nonInteractive?: boolean;
    json?: boolean;
    diff?: boolean;
    suppressOutputs?: boolean;
    color: string;
    message?: string;
    config?: string[];
    configPath?: boolean;
    expectNoChanges?: boolean;
    parallel: number;
    continueOnError?: boolean;
    refresh?: boolean;
    target?: string[];
    targetDependents?: boolean;
    exclude?: string[];
    excludeDependents?: boolean;
    excludeProtected?: boolean;
    replace?: string[];
    targetReplace?: string[];
    clearPendingCreates?: boolean;
    remove?: boolean;
    runProgram?: boolean;
}

/** Headings of the help. */
const DISPLAY_OPTIONS = "Output options:";
const UPDATE_OPTIONS = "Update options:";
export const DEPLOYMENT_OPTIONS = "Deployment options:";

/** The options of every command that deploys, including `preview`. */
export function deployOptions(command: Command): Command {
    return displayOptions(stackOptions(command))
        .optionsGroup(DEPLOYMENT_OPTIONS)
        .addOption(
            new Option(
                "-p, --parallel <number>",
                "The number of resources to process concurrently; 1 disables parallelism",
            )
                .default(defaultParallel(), "PULUMI_PARALLEL, or 4 per processor")
                .argParser(parseInteger),
        )
        .option("-t, --target <urn>", "Process only this resource; repeatable, with the wildcards * and **", collect)
        .option("--target-dependents", "Also process the resources that depend on the targets")
        .option("--exclude <urn>", "Skip this resource; repeatable, with the wildcards * and **", collect)
        .option("--expect-no-changes", "Fail if there are any changes")
        .option("--continue-on-error", "After a failure, continue with the resources that do not depend on it")
        .addOption(new Option("--run-program").hideHelp());
}

/** Not an option of `destroy`, which keeps everything that an excluded resource needs. */
export const excludeDependentsOption = (command: Command): Command =>
    command.option("--exclude-dependents", "Also skip the resources that depend on the excluded ones");

/** The options of every command that changes resources. */
export function executionOptions(command: Command): Command {
    return command
        .optionsGroup(UPDATE_OPTIONS)
        .option("-y, --yes", "Proceed after the preview without confirmation")
        .option("-f, --skip-preview", "Proceed without a preview or confirmation")
        .option("--preview-only", "Stop after the preview")
        .option("-m, --message <text>", "A message for the stack's history");
}

/** The options of every command that runs the program. */
export function programOptions(command: Command): Command {
    return excludeDependentsOption(command.optionsGroup(DEPLOYMENT_OPTIONS))
        .option(
            "-c, --config <key=value>",
            "Set a config value, and save it in the stack's settings; repeatable (for secrets, use `config set --secret`)",
            collect,
        )
        .option("--config-path", "Treat the keys in --config as paths into structured values")
        .option("-r, --refresh", "Refresh the state first")
        .option("--replace <urn>", "Replace this resource; repeatable", collect)
        .option("--target-replace <urn>", "Target and replace this resource; repeatable", collect);
}

function displayOptions(command: Command): Command {
    return command
        .optionsGroup(DISPLAY_OPTIONS)
        .option("--non-interactive", "Never prompt, and print plain lines")
        .option("--color <when>", "Use colors: always, never or auto", "auto")
        .option("-j, --json", "Print JSON")
        .option("--diff", "Show every change in full")
        .option("--suppress-outputs", "Do not show the stack's outputs");
}

/** Collects the values of a repeatable option. */
function collect(value: string, previous: string[] = []): string[] {
    return [...previous, value];
}

export function parseInteger(text: string): number {
    if (!/^-?\d+$/.test(text)) {
        throw new InvalidArgumentError("It must be a whole number.");
    }
    return Number(text);
}

export function parseNonNegativeInteger(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError("It must be a whole number, 0 or greater.");
    }
    return Number(text);
}

/** Like the `pulumi` command: PULUMI_PARALLEL, or four per processor. */
function defaultParallel(): number {
    return Number(process.env.PULUMI_PARALLEL) || availableParallelism() * 4;
}
