/** Carries out one command that deploys: preview, question, update, and what is kept of it. */
import type { DeploymentRequest, DeploymentResult } from "../local/engine/deployment";
import { createDisplay, type DisplayOptions } from "../local/engine/display/display";
import type { EngineEvent } from "../local/engine/events";
import { configPath, configValue, resolveConfig, type ResolvedConfig } from "../local/engine/project/config";
import { checkProgram, checkSDK } from "../local/engine/project/requirements";
import { forgetStack, locateStack, openStack, readOtherStack, type LocatedStack, type OpenStack } from "../local/engine/stack";
import { ORGANIZATION } from "../local/engine/state/backend";
import { recordUpdate } from "../local/engine/state/history";
import { StackLock } from "../local/engine/state/lock";
import { UserError } from "../local/engine/userError";
import { confirm } from "./confirm";
import { interruption } from "./interruption";
import type { DeployFlags } from "./options";

export type DeployCommand = "up" | "preview" | "refresh" | "destroy";

/** The exit statuses of the `pulumi` command. */
const FAILED = 1;
const CHANGES_FOUND = 7;

export async function deploy(command: DeployCommand, flags: DeployFlags): Promise<void> {
    const previewOnly = isPreviewOnly(command, flags);
    if (!previewOnly && !approved(flags) && !canAsk(flags)) {
        throw new UserError("--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode");
    }
    const located = locateStack(flags.cwd, flags.stack, process.env);
    checkSDK(located.project);
    if (command === "up" || command === "preview") {
        checkProgram(located.project);
    }
    const { signal, end } = interruption();
    const lock = previewOnly ? undefined : await StackLock.acquire(located.backend, located.reference);
    try {
        // Only a name that was typed makes a stack: a forgotten selection must not.
        const opening = openStack(located, process.env, command === "up" && !previewOnly && flags.stack !== undefined);
        // The key is derived in another thread; meanwhile there is much to load.
        const [stack] = await Promise.all([opening, preload(located)]);
        saveSettings(stack, flags, previewOnly);
        process.exitCode = await previewThenExecute(command, stack, flags, signal);
    } finally {
        await lock?.release();
        end();
    }
}

async function preload({ project }: LocatedStack): Promise<void> {
    await import("../local/engine/deployment.js");
    const { loadSdk } = await import("../local/engine/protocol/sdk.js");
    loadSdk(project.programDirectory);
}

async function previewThenExecute(command: DeployCommand, stack: OpenStack, flags: DeployFlags, signal: AbortSignal): Promise<number> {
    const previewOnly = isPreviewOnly(command, flags);
    const previewed: EngineEvent[] = [];
    if (previewOnly || !flags.skipPreview) {
        const preview = await run(command, stack, flags, { dryRun: true, signal, record: (event) => previewed.push(event) });
        const failure = exitStatus(preview, flags);
        if (previewOnly || failure !== 0) {
            return failure;
        }
    }
    if (!approved(flags) && !(await confirm(kindOf(command), () => showDetails(command, stack, flags, previewed)))) {
        process.stdout.write(`confirmation declined, not proceeding with the ${kindOf(command)}\n`);
        return FAILED;
    }
    const startedAt = new Date();
    const result = await run(command, stack, flags, { dryRun: false, signal });
    await recordUpdate(stack.backend, stack.reference, {
        kind: kindOf(command),
        startedAt,
        message: flags.message,
        config: Object.fromEntries(stack.settings.config),
        result: result.status === "succeeded" ? "succeeded" : "failed",
        changes: result.changes,
    });
    if (command === "destroy" && result.status === "succeeded") {
        await afterDestroy(stack, flags);
    }
    return exitStatus(result, flags);
}

interface RunOptions {
    dryRun: boolean;
    signal: AbortSignal;
    record?: (event: EngineEvent) => void;
}

async function run(command: DeployCommand, stack: OpenStack, flags: DeployFlags, { dryRun, signal, record }: RunOptions): Promise<DeploymentResult> {
    const { project, reference, state } = stack;
    const { config, secretKeys } = configOf(stack);
    const display = await createDisplay(displayOptions(command, stack, flags, dryRun));
    const request: DeploymentRequest = {
        operation: command === "preview" ? "up" : command,
        dryRun,
        project,
        stack: reference.name,
        organization: ORGANIZATION,
        config,
        secretKeys,
        snapshot: state.snapshot,
        store: state,
        options: {
            parallel: flags.parallel,
            refresh: flags.refresh ?? project.alwaysRefresh,
            continueOnError: flags.continueOnError === true,
            targets: [...flags.target, ...(flags.targetReplace ?? [])],
            targetDependents: flags.targetDependents === true,
            excludes: flags.exclude,
            excludeDependents: flags.excludeDependents === true,
            excludeProtected: flags.excludeProtected === true,
            replace: [...(flags.replace ?? []), ...(flags.targetReplace ?? [])],
            clearPendingCreates: flags.clearPendingCreates === true,
        },
        readStackOutputs: (name) => readOtherStack(stack, name, process.env),
        onEvent: (event) => {
            record?.(event);
            display.event(event);
        },
        signal,
        environment: process.env,
    };
    const { runDeployment } = await import("../local/engine/deployment.js");
    try {
        return await runDeployment(request);
    } finally {
        display.end();
    }
}

/** Every change in full, from what the preview has told. */
async function showDetails(command: DeployCommand, stack: OpenStack, flags: DeployFlags, events: EngineEvent[]): Promise<void> {
    const display = await createDisplay({ ...displayOptions(command, stack, flags, true), diff: true });
    for (const event of events.filter(({ kind }) => kind !== "summary")) {
        display.event(event);
    }
    display.end();
}

function displayOptions(command: DeployCommand, stack: OpenStack, flags: DeployFlags, dryRun: boolean): DisplayOptions {
    const { json = false, diff = false, color } = flags;
    return { command, dryRun, project: stack.project.name, stack: stack.reference.name, json, diff, interactive: canAsk(flags), color, secrets: configOf(stack).secretTexts };
}

function configOf({ project, reference, settings, crypter }: OpenStack): ResolvedConfig {
    return resolveConfig(project, reference.name, settings.config, crypter);
}

function saveSettings(stack: OpenStack, flags: DeployFlags, previewOnly: boolean): void {
    for (const pair of flags.config ?? []) {
        const [key = "", ...value] = pair.split("=");
        if (key === "" || value.length === 0) {
            throw new UserError(`--config "${pair}" must have the form KEY=VALUE.`);
        }
        const path = configPath(stack.project.name, key, flags.configPath === true);
        stack.settings.setConfig(path, configValue(value.join("="), path));
    }
    if (!previewOnly && stack.settings.encryptionSalt === undefined) {
        stack.settings.setEncryptionSalt(stack.crypter.salt);
    }
    if (!previewOnly || (flags.config ?? []).length > 0) {
        stack.settings.save();
    }
}

async function afterDestroy(stack: OpenStack, flags: DeployFlags): Promise<void> {
    if (flags.remove) {
        await forgetStack(stack, false);
        process.stdout.write(`The resources in the stack have been deleted, and the stack itself has been removed.\n`);
    } else if (!flags.json && flags.target.length === 0 && flags.exclude.length === 0) {
        process.stdout.write(
            `The resources in the stack have been deleted, but the history and configuration associated with the stack are still maintained.\nIf you want to remove the stack completely, run \`pulumi-agb stack rm ${stack.reference.name}\`.\n`,
        );
    }
}

function exitStatus({ status, changes }: DeploymentResult, flags: DeployFlags): number {
    if (status !== "succeeded") {
        return FAILED;
    }
    if (flags.expectNoChanges && Object.entries(changes).some(([operation, count]) => operation !== "same" && count > 0)) {
        process.stderr.write("error: no changes were expected but changes were proposed\n");
        return CHANGES_FOUND;
    }
    return 0;
}

function kindOf(command: DeployCommand): "update" | "refresh" | "destroy" {
    return command === "up" || command === "preview" ? "update" : command;
}

function isPreviewOnly(command: DeployCommand, flags: DeployFlags): boolean {
    return command === "preview" || flags.previewOnly === true;
}

/** Who skips the preview does not want to be asked either. */
function approved(flags: DeployFlags): boolean {
    return flags.yes === true || flags.skipPreview === true;
}

function canAsk(flags: DeployFlags): boolean {
    return !flags.nonInteractive && process.stdin.isTTY && process.stdout.isTTY;
}
