/** The subcommands of `local` that control the local AGB in the background. */
import { spawn } from "node:child_process";
import { createReadStream, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { Option, type Command } from "commander";
import { collect } from "../common/collect";
import { isRunning } from "../common/processes";
import { resetDataFolder } from "../emulator/resetDataFolder";
import { UserError } from "../engine/model/userError";
import { AgbClient } from "../provider/agb";
import { ensureLocalAgb, localDataFolder, LOG_FILE, runningLocalAgb } from "../provider/agb/localServer";
import { confirmEffects } from "./confirm";
import { printJson } from "./print";

interface ServerFlags {
    data?: string;
    json?: boolean;
    yes?: boolean;
}

/** A server that is asked to stop finishes the calls and the file operations that are in progress. */
const STOP_TIMEOUT_MS = 60_000;
const STOP_PAUSE_MS = 50;
/** The page that a browser opens, so the token of the console does not appear in the list of processes. */
const REDIRECT_FILE = "console.html";

/** The command that opens a file in the default browser. */
const OPENERS: Partial<Record<NodeJS.Platform, [command: string, args: string[]]>> = {
    darwin: ["open", []],
    win32: ["cmd", ["/c", "start", ""]],
};

export const dataOption = (): Option =>
    new Option(
        "--data <folder>",
        "The folder for all data (default: AGB_LOCAL_DATA, or a folder in the user's data folder)",
    );

export function addServerCommands(command: Command): void {
    const add = (name: string, summary: string) => command.command(name).description(summary).addOption(dataOption());
    command.helpCommand("help [command]", "Print help for a command");
    add("start", "Start a local AGB in the background, if none is running").action(start);
    add("stop", "Stop the local AGB; its sessions continue when it starts again").action(stop);
    add("status", "Print where the local AGB is and what it contains")
        .option("-j, --json", "Print JSON")
        .action(status);
    add("open", "Open the console in a browser, and start the local AGB if needed").action(open);
    add("logs", "Print what the local AGB in the background has printed").action(logs);
    add("reset", "Stop the local AGB, and delete its contexts, sessions and files")
        .option("-y, --yes", "Delete without confirmation")
        .action(reset);
}

async function start({ data }: ServerFlags): Promise<void> {
    const dataFolder = localDataFolder(data);
    const { endpoint, consoleUrl } = await ensureLocalAgb({ dataFolder });
    process.stdout.write(`Local AGB at ${endpoint}\nConsole at ${consoleUrl}\nData in ${dataFolder}\n`);
}

async function stop({ data }: ServerFlags): Promise<void> {
    const stopped = await stopServer(localDataFolder(data));
    process.stdout.write(stopped ? "Local AGB stopped\n" : "No local AGB is running.\n");
}

/** Returns whether a server was running. */
async function stopServer(dataFolder: string): Promise<boolean> {
    const server = await runningLocalAgb(dataFolder);
    if (!server) return false;
    process.kill(server.pid, "SIGTERM");
    const end = Date.now() + STOP_TIMEOUT_MS;
    while (isRunning(server.pid)) {
        if (Date.now() > end) {
            throw new UserError(
                `the local AGB, process ${server.pid}, is still running after ${STOP_TIMEOUT_MS / 1000} s: it may be copying large files. Run the command again.`,
            );
        }
        await setTimeout(STOP_PAUSE_MS);
    }
    return true;
}

async function status({ data, json }: ServerFlags): Promise<void> {
    const dataFolder = localDataFolder(data);
    const server = await runningLocalAgb(dataFolder);
    if (!server) {
        if (json) printJson({ running: false, dataFolder });
        else process.stdout.write(`No local AGB is running.\nData in ${dataFolder}\n`);
        return;
    }
    const { endpoint, pid, consoleUrl } = server;
    const { contexts, sessions } = await countsOf(server);
    if (json) {
        printJson({ running: true, endpoint, pid, consoleUrl, dataFolder, contexts, sessions });
    } else {
        process.stdout.write(
            `Local AGB at ${endpoint}, process ${pid}\nConsole at ${consoleUrl}\nData in ${dataFolder}\nContexts: ${contexts}\nRunning sessions: ${sessions}\n`,
        );
    }
}

async function countsOf(server: { endpoint: string; apiKey: string }): Promise<{ contexts: number; sessions: number }> {
    const agb = await AgbClient.connect(server);
    try {
        const contexts = await collect(agb.listContexts());
        const sessions = await collect(agb.listSessions());
        return { contexts: contexts.length, sessions: sessions.length };
    } finally {
        await agb.close();
    }
}

async function open({ data }: ServerFlags): Promise<void> {
    const dataFolder = localDataFolder(data);
    const { consoleUrl } = await ensureLocalAgb({ dataFolder });
    process.stdout.write(`Console at ${consoleUrl}\n`);
    const file = join(dataFolder, REDIRECT_FILE);
    writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${consoleUrl}">\n`, { mode: 0o600 });
    if (!(await openInBrowser(file))) process.stdout.write("No browser could be started. Open the page yourself.\n");
}

function openInBrowser(file: string): Promise<boolean> {
    const [command, args] = OPENERS[process.platform] ?? ["xdg-open", []];
    return new Promise((resolve) => {
        const opener = spawn(command, [...args, file], { stdio: "ignore", detached: true });
        opener.once("error", () => resolve(false));
        opener.once("exit", (code) => resolve(code === 0));
    });
}

async function logs({ data }: ServerFlags): Promise<void> {
    const file = join(localDataFolder(data), LOG_FILE);
    if (!(await stat(file).catch(() => undefined))) {
        throw new UserError(`there is no ${file}: no local AGB has been started in the background.`);
    }
    await pipeline(createReadStream(file), process.stdout, { end: false });
}

async function reset({ data, yes }: ServerFlags): Promise<void> {
    const dataFolder = localDataFolder(data);
    const effects = `This deletes all contexts, running sessions and kept files of the local AGB in ${dataFolder}.\n`;
    if (!(await confirmEffects("reset", "deleted", effects, yes))) return;
    await stopServer(dataFolder);
    await resetDataFolder(dataFolder);
    process.stdout.write(
        `Local AGB reset. To create the resources of a stack again, run "npx pulumi-agb up --refresh".\n`,
    );
}
