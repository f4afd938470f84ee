/** Runs one deployment of a command, which is a preview or an update, and displays it. */
import type { DeploymentResult } from "../engine/model/request";
import { createDisplay, type DisplayOptions } from "../engine/display/createDisplay";
import type { Display } from "../engine/display/display";
import type { EngineEvent } from "../engine/model/events";
import { resolveConfig, type ResolvedConfig } from "../engine/project/config";
import type { StackSettings } from "../engine/project/stackSettings";
import { readOtherStack, type LocatedStack, type OpenStack } from "../engine/stack";
import { ORGANIZATION } from "../engine/state/backend";
import type { DeployFlags } from "./options";
import { isInteractive } from "./readLine";

export type DeployCommand = "up" | "preview" | "refresh" | "destroy";

/** The stack of a command. `opening` resolves after the key of its secrets has been derived, which takes a while. */
export interface Target extends LocatedStack {
    settings: StackSettings;
    opening: Promise<OpenStack>;
}

export interface RunOptions {
    command: DeployCommand;
    flags: DeployFlags;
    dryRun: boolean;
    signal: AbortSignal;
    record?: (event: EngineEvent) => void;
}

export async function run(target: Target, options: RunOptions): Promise<DeploymentResult> {
    const { project, reference, opening } = target;
    const { command, flags, dryRun, signal, record } = options;
    const { runDeployment } = await import("../engine/deployment.js");
    const { config, secretKeys } = await configOf(target);
    // A stack that cannot be opened is not displayed.
    const display = opening.then(() => displayFor(target, options));
    const show = (event: EngineEvent): void =>
        void display.then(
            (shown) => shown.event(event),
            () => undefined,
        );
    const state = opening.then((stack) => ({ snapshot: stack.state.snapshot, store: stack.state }));
    void Promise.allSettled([display, state]);
    try {
        return await runDeployment({
            operation: command === "preview" ? "up" : command,
            dryRun,
            project,
            stack: reference.name,
            organization: ORGANIZATION,
            config,
            secretKeys,
            state,
            options: {
                parallel: flags.parallel,
                refresh: flags.refresh ?? project.alwaysRefresh,
                continueOnError: flags.continueOnError === true,
                targets: [...(flags.target ?? []), ...(flags.targetReplace ?? [])],
                targetDependents: flags.targetDependents === true,
                excludes: flags.exclude ?? [],
                excludeDependents: flags.excludeDependents === true,
                excludeProtected: flags.excludeProtected === true,
                replace: [...(flags.replace ?? []), ...(flags.targetReplace ?? [])],
                clearPendingCreates: flags.clearPendingCreates === true,
            },
            readStackOutputs: (name) => readOtherStack(target, name, process.env),
            onEvent: (event) => {
                record?.(event);
                show(event);
            },
            signal,
            environment: process.env,
        });
    } finally {
        (await display).end();
    }
}

/** Shows the changed properties, from the recorded events of a preview; its messages have been shown already. */
export async function showDetails(target: Target, options: RunOptions, events: EngineEvent[]): Promise<void> {
    const display = await displayFor(target, options, "changes");
    for (const event of events) {
        if (event.kind === "begin" || event.kind === "done") display.event(event);
    }
    display.end();
}

async function displayFor(
    target: Target,
    { command, flags, dryRun }: RunOptions,
    diff: DisplayOptions["diff"] = flags.diff === true,
): Promise<Display> {
    const { json = false, suppressOutputs = false, color } = flags;
    const { secretTexts: secrets } = await configOf(target);
    return createDisplay({
        command,
        dryRun,
        project: target.project.name,
        stack: target.reference.name,
        json,
        diff,
        interactive: isInteractive(flags),
        suppressOutputs,
        color,
        secrets,
    });
}

/** Resolves the config, and waits for the key only if there are secrets. */
async function configOf({ project, reference, settings, opening }: Target): Promise<ResolvedConfig> {
    const crypter = settings.hasSecrets ? (await opening).crypter : { decrypt: () => "" };
    return resolveConfig(project, reference.name, settings.config, crypter);
}
