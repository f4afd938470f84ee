/** Runs a command that deploys: preview, confirmation, update, and the record of the update. */
import { commandLine, commandName, nameStack } from "../common/commandLine";
import type { DeploymentResult } from "../engine/model/request";
import type { EngineEvent } from "../engine/model/events";
import { configPath, configValue } from "../engine/project/config";
import { checkProject, checkRunner } from "../engine/project/requirements";
import { StackSettings } from "../engine/project/stackSettings";
import {
    forgetStack,
    locateStack,
    openStack,
    readIntact,
    selectStack,
    type IfMissing,
    type OpenStack,
} from "../engine/stack";
import { recordUpdate } from "../engine/state/history";
import { stackNotFound } from "../engine/state/knownStacks";
import { StackLock } from "../engine/state/lock";
import { UserError } from "../engine/model/userError";
import { API_KEY, nearestConfigKey } from "../provider/agb/configKeys";
import { confirm } from "./confirm";
import type { DeployFlags } from "./options";
import { isInteractive } from "./readLine";
import { run, showDetails, type DeployCommand, type Target } from "./run";
import { handleSignals } from "./signals";

/** The exit statuses of the `pulumi` command. */
const FAILED = 1;
const CHANGES_FOUND = 7;

export async function deploy(command: DeployCommand, flags: DeployFlags): Promise<void> {
    const previewOnly = isPreviewOnly(command, flags);
    const located = locateStack(flags.cwd, flags.stack, process.env);
    const { backend, reference } = located;
    const missing = ifMissing(command, flags);
    if (missing === "fail" && !backend.hasStack(reference)) throw stackNotFound(backend, reference);
    if (!previewOnly && !skipsConfirmation(flags) && !isInteractive(flags)) {
        throw new UserError(
            "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode",
        );
    }
    rejectRunProgram(command, flags, located.project.alwaysRefresh);
    checkProject(located.project);
    if (runsProgram(command)) {
        checkRunner(located.project);
    }
    const settings = StackSettings.load(located.project, located.reference.name);
    setConfig(settings, located.project.name, flags);
    const { signal, end } = handleSignals();
    const lock = previewOnly ? undefined : await StackLock.acquire(backend, reference);
    try {
        // The program starts while the stack is opened, so a damaged state is refused before that.
        const stored = await readIntact(located, missing);
        const isNew = missing === "create" && !backend.hasStack(reference);
        // The advice in the messages that follow works without --stack. PULUMI_STACK holds only for a run.
        const selects = command === "up" && !previewOnly && flags.stack !== undefined;
        if (selects) nameStack(undefined);
        const opened = openStack(located, process.env, missing, { settings, stored });
        const opening = opened.then((stack) => {
            if (selects) selectStack(located, process.env);
            // A misspelt name is a new stack.
            if (isNew) process.stderr.write(`Created stack '${located.reference.name}'\n`);
            return saveSettings(stack, previewOnly);
        });
        // A failure is reported where the stack is awaited.
        opening.catch(() => undefined);
        process.exitCode = await previewThenExecute(command, { ...located, settings, opening }, flags, signal);
    } finally {
        await lock?.release();
        end();
    }
}

async function previewThenExecute(
    command: DeployCommand,
    target: Target,
    flags: DeployFlags,
    signal: AbortSignal,
): Promise<number> {
    const previewed: EngineEvent[] = [];
    const preview = {
        command,
        flags,
        dryRun: true,
        signal,
        record: (event: EngineEvent) => void previewed.push(event),
    };
    const previewOnly = isPreviewOnly(command, flags);
    if (previewOnly || !flags.skipPreview) {
        const failure = exitStatus(await run(target, preview), flags);
        if (previewOnly || failure !== 0) {
            return failure;
        }
    }
    const kind = runsProgram(command) ? "update" : command;
    if (!skipsConfirmation(flags) && !(await confirm(kind, () => showDetails(target, preview, previewed)))) {
        process.stdout.write(`confirmation declined, not proceeding with the ${kind}\n`);
        return FAILED;
    }
    const startedAt = new Date();
    const result = await run(target, { command, flags, dryRun: false, signal });
    await recordUpdate(target.backend, target.reference, {
        kind,
        startedAt,
        message: flags.message ?? "",
        config: Object.fromEntries(target.settings.config),
        result: result.status === "succeeded" ? "succeeded" : "failed",
        changes: result.changes,
    });
    if (command === "destroy" && result.status === "succeeded") {
        await finishDestroy(target, flags);
    }
    return exitStatus(result, flags);
}

/** Only an explicit --stack creates a stack: an old selection must not. A preview shows what the creation would do. */
function ifMissing(command: DeployCommand, flags: DeployFlags): IfMissing {
    if (flags.stack === undefined || !runsProgram(command)) return "fail";
    return isPreviewOnly(command, flags) ? "openEmpty" : "create";
}

/** In Pulumi, this option lets a refresh and a destroy use providers that the program has configured. `up` always runs it. */
function rejectRunProgram(command: DeployCommand, flags: DeployFlags, alwaysRefresh: boolean): void {
    const refreshes = flags.refresh ?? alwaysRefresh;
    const isFromEnvironment =
        flags.runProgram === undefined && /^(1|true)$/i.test(process.env.PULUMI_RUN_PROGRAM ?? "");
    if (!(flags.runProgram || isFromEnvironment) || (runsProgram(command) && !refreshes)) return;
    const option = isFromEnvironment ? "PULUMI_RUN_PROGRAM" : "--run-program";
    throw new UserError(
        `the embedded engine does not support ${option} with \`${command}${runsProgram(command) ? " --refresh" : ""}\`: it refreshes and destroys with the configuration of the last \`up\`. To use a new one, run \`${commandLine("up")}\` without --refresh first, or use the pulumi command.`,
    );
}

/** Adds the values of --config to the stack's settings. */
function setConfig(settings: StackSettings, project: string, flags: DeployFlags): void {
    for (const pair of flags.config ?? []) {
        const [key = "", ...value] = pair.split("=");
        if (key === "" || value.length === 0) {
            throw new UserError(`--config "${pair}" is not valid. Use KEY=VALUE.`);
        }
        const path = configPath(project, key, flags.configPath === true);
        if (nearestConfigKey(String(path[0])) === API_KEY) {
            throw new UserError(
                `--config ${key}=… would store the key unencrypted. Set it with \`${commandLine(`config set ${API_KEY}`)}\`, or in the environment as AGB_API_KEY.`,
            );
        }
        settings.setConfig(path, configValue(value.join("="), path));
    }
}

/** Saves the settings. A preview does not add a missing salt. */
function saveSettings(stack: OpenStack, previewOnly: boolean): OpenStack {
    if (!previewOnly && stack.settings.encryptionSalt === undefined) {
        stack.settings.setEncryptionSalt(stack.crypter.salt);
    }
    stack.settings.save();
    return stack;
}

async function finishDestroy(target: Target, flags: DeployFlags): Promise<void> {
    const { name } = target.reference;
    if (flags.remove) {
        await forgetStack(target, false);
        process.stdout.write("The resources in the stack have been deleted, and the stack itself has been removed.\n");
    } else if (!flags.json && !flags.target?.length && !flags.exclude?.length) {
        process.stdout.write(
            `The resources in the stack have been deleted, but the history and configuration associated with the stack are still maintained.\nIf you want to remove the stack completely, run \`${commandName()} stack rm ${name}\`.\n`,
        );
    }
}

function exitStatus({ status, changes }: DeploymentResult, flags: DeployFlags): number {
    if (status !== "succeeded") {
        return FAILED;
    }
    if (
        flags.expectNoChanges &&
        Object.entries(changes).some(([operation, count]) => operation !== "same" && count > 0)
    ) {
        process.stderr.write("error: no changes were expected but changes were proposed\n");
        return CHANGES_FOUND;
    }
    return 0;
}

function runsProgram(command: DeployCommand): command is "up" | "preview" {
    return command === "up" || command === "preview";
}

function isPreviewOnly(command: DeployCommand, flags: DeployFlags): boolean {
    return command === "preview" || flags.previewOnly === true;
}

/** Skipping the preview also skips the confirmation. */
function skipsConfirmation(flags: DeployFlags): boolean {
    return flags.yes === true || flags.skipPreview === true;
}
