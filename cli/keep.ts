/** The subcommand `keep`: keeps the sandboxes of a stack alive until it is stopped. */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../common/duration";
import { UserError } from "../engine/model/userError";
import { loadProject, type ProjectFile } from "../engine/project/project";
import { StackSettings } from "../engine/project/stackSettings";
import { exportDeployment, locateStack } from "../engine/stack";
import { backendURL } from "../engine/state/backend";
import type { StoredDeployment } from "../engine/state/checkpoint";
import { stackNotFound } from "../engine/state/knownStacks";
import { readPassphrase } from "../engine/state/passphrase";
import { AgbClient } from "../provider/agb";
import { configuredAccount } from "../provider/dynamic/contextImport";
import { stackConfig, stackName } from "./account";
import { createReport } from "./keep/events";
import { Keeper } from "./keep/keeper";
import { KeeperEngine } from "./keep/keeperEngine";
import { lockStack } from "./keep/keeperLock";
import { KeptOutputs } from "./keep/keptOutputs";
import { stackOptions, type StackFlags } from "./options";
import { isOnPath } from "./onPath";
import type { RegisterCommand } from "./subcommand";

interface KeepFlags extends StackFlags {
    outputs?: string;
    onChange?: string;
    showSecrets?: boolean;
    destroy?: boolean;
    interval?: number;
    json?: boolean;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** How long the config is used before it is read again, to find a new API key. */
const CONFIG_TTL_MS = 5 * 60_000;

export const register: RegisterCommand = (command) => {
    stackOptions(command)
        .option("-o, --outputs <file>", "Write the stack's outputs to this file, as JSON, whenever they change")
        .option(
            "--on-change <command>",
            "Then run this command in a shell, without the API key and the passphrase in its environment",
        )
        .option("--show-secrets", "Write secrets in plain text")
        .option("--destroy", "Destroy the stack at the end, instead of leaving its sandboxes to AGB")
        .addOption(
            new Option("--interval <duration>", "Look at the sandboxes this often")
                .default(undefined, "a third of the shortest idle timeout, at most 60s")
                .argParser(parseInterval),
        )
        .option("-j, --json", "Print each event as a line of JSON")
        .action(keep);
};

async function keep(flags: KeepFlags): Promise<void> {
    const project = loadProject(flags.cwd);
    const name = stackName(project, flags.stack, "to keep alive");
    const stack = flags.stack ?? name;
    const outputsFile = flags.outputs === undefined ? undefined : resolve(flags.cwd, flags.outputs);
    assertFolderExists(outputsFile);
    const backend = backendURL(process.env, project.backend);
    const environment = await engineEnvironment(project, name);
    const engine = new KeeperEngine({ cwd: flags.cwd, stack, environment });
    const readState = stateReader(engine, flags, backend);
    await readState();
    const unlock = await lockStack(backend, project.name, name);
    const report = createReport(flags.json === true);
    report("started", `keeping the sandboxes of stack ${name} alive with ${engine.name}, process ${process.pid}`, {
        pid: process.pid,
    });
    const stopped = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => {
        if (!stopped.signal.aborted) report("stopping", `${signal} received`);
        stopped.abort();
        engine.interrupt();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    const outputs = new KeptOutputs({
        file: outputsFile,
        command: flags.onChange,
        cwd: flags.cwd,
        read: () => engine.outputs(flags.showSecrets === true),
        report,
    });
    try {
        await new Keeper({
            readState,
            connect: accountReader(project, name),
            up: () => engine.up(),
            updateOutputs: () => outputs.update(),
            intervalMs: flags.interval === undefined ? undefined : flags.interval * 1000,
            report,
            signal: stopped.signal,
        }).run();
        await outputs.stop();
        if (flags.destroy) {
            report("destroying", `destroying stack ${name}`);
            const { succeeded, failure } = await engine.destroy();
            if (!succeeded) throw new UserError(`stack ${name} could not be destroyed: ${failure}`);
        }
        report("stopped", flags.destroy ? "stopped" : "stopped; AGB ends the sandboxes when they are idle");
    } finally {
        for (const signal of SIGNALS) process.off(signal, onSignal);
        await unlock();
    }
    // A call to AGB may still be waiting for its answer.
    process.exit();
}

/** The state of the stack. Only the `pulumi` command reaches other backends than local files. */
function stateReader(engine: KeeperEngine, flags: KeepFlags, backend: string): () => Promise<StoredDeployment> {
    if (!backend.startsWith("file://") && isOnPath("pulumi")) return () => engine.exportState();
    const located = locateStack(flags.cwd, flags.stack, process.env);
    return async () => {
        if (!located.backend.hasStack(located.reference)) throw stackNotFound(located.backend, located.reference);
        return (await exportDeployment(located, process.env, false)).deployment ?? {};
    };
}

/** Connects to the account of the stack. Reading the config takes time if it contains secrets, so it is read now and then. */
function accountReader(project: ProjectFile, stack: string): () => Promise<AgbClient> {
    let config: ReadonlyMap<string, string> | undefined;
    let readAt = 0;
    return async () => {
        if (config === undefined || Date.now() - readAt > CONFIG_TTL_MS) {
            config = await stackConfig(project, stack);
            readAt = Date.now();
        }
        return AgbClient.connect(configuredAccount(config));
    };
}

/** The engine runs without a terminal, so the user is asked here, once. */
async function engineEnvironment(project: ProjectFile, stack: string): Promise<NodeJS.ProcessEnv> {
    if (StackSettings.load(project, stack).encryptionSalt === undefined) return process.env;
    return { ...process.env, PULUMI_CONFIG_PASSPHRASE: await readPassphrase(stack, process.env) };
}

function assertFolderExists(file: string | undefined): void {
    if (file === undefined) return;
    const folder = dirname(file);
    if (existsSync(folder) && statSync(folder).isDirectory()) return;
    throw new UserError(`the folder ${folder} of --outputs does not exist or is not a folder.`);
}

function parseInterval(text: string): number {
    const seconds = parseDuration(text);
    if (seconds === undefined || seconds <= 0) throw new InvalidArgumentError('Write it as "30s" or "1m30s".');
    return seconds;
}
