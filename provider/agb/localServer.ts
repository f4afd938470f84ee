/** Finds the running local AGB of this user, or starts it in the background. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { request } from "undici";
import { z } from "zod";
import { shellQuoted } from "../../common/shellQuoted";
import { AgbSettingsError } from "./errors";

const START_TIMEOUT_MS = 30_000;
const HEALTH_TIMEOUT_MS = 2_000;
/** A background server exits after this long without a call, unless a session is running. */
const MAX_UNUSED_SECONDS = 15 * 60;
/** What a server in the background prints. */
export const LOG_FILE = "server.log";

/** The file in which a running server records its address. `instance` identifies this run of the server. */
const serverSchema = z.looseObject({
    endpoint: z.url(),
    /** Version 0.1.0 has no console, but a status page at its endpoint. */
    consoleUrl: z.url().optional(),
    pid: z.number(),
    instance: z.string().min(1),
});
const healthSchema = z.looseObject({ instance: z.string() });

export interface LocalAgbAddress {
    /** Base URL. */
    endpoint: string;
    apiKey: string;
}

/** A server that responds. */
export interface RunningLocalAgb extends LocalAgbAddress {
    /** The URL of the console, with the token that grants access to it. */
    consoleUrl: string;
    pid: number;
}

interface EnsureOptions {
    dataFolder?: string;
    /** Receives a message for the user if the server had to be started. */
    onStart?: ((message: string) => void) | undefined;
}

/**
 * Returns the address of the local AGB for a data folder, and starts it in the background if it is not running. Processes
 * that call this at the same time share one server. The server generates its own API key and stores it in the data
 * folder. The user's key for the service is never passed to it.
 *
 * @throws {@link AgbSettingsError} The server cannot be started. The message gives the reason in one line.
 */
export async function ensureLocalAgb(options: EnsureOptions = {}): Promise<RunningLocalAgb> {
    const dataFolder = localDataFolder(options.dataFolder);
    const running = await runningLocalAgb(dataFolder);
    if (running) return running;
    const started = await startInBackground(dataFolder);
    options.onStart?.(startMessage(dataFolder));
    return started;
}

/** It does not contain the URL of the console, because anyone who has it has access to the account. */
function startMessage(dataFolder: string): string {
    const option = dataFolder === defaultDataFolder() ? "" : ` --data ${shellQuoted(dataFolder)}`;
    return `The local AGB was started in the background. To open its console, run \`npx pulumi-agb local open${option}\`.`;
}

/** The data folder of the local AGB: the given one, that of the environment, or the default. */
export function localDataFolder(given?: string): string {
    return resolve(given || process.env.AGB_LOCAL_DATA || defaultDataFolder());
}

/** The default data folder: `pulumi-agb` in the platform's folder for application data. */
export function defaultDataFolder(env = process.env, platform = process.platform): string {
    if (platform === "win32") return join(env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "pulumi-agb");
    if (platform === "darwin") return join(homedir(), "Library", "Application Support", "pulumi-agb");
    return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "pulumi-agb");
}

/** The server of the data folder, or `undefined` if it does not respond. */
export async function runningLocalAgb(dataFolder: string): Promise<RunningLocalAgb | undefined> {
    try {
        const server = serverSchema.parse(JSON.parse(await readFile(join(dataFolder, "server.json"), "utf8")));
        const { body } = await request(`${server.endpoint}/local/health`, {
            headersTimeout: HEALTH_TIMEOUT_MS,
            bodyTimeout: HEALTH_TIMEOUT_MS,
        });
        // After a crash, another program may use the port. Only our server knows its instance name.
        if (healthSchema.parse(await body.json()).instance !== server.instance) return undefined;
        const { endpoint, consoleUrl = endpoint, pid } = server;
        return { endpoint, consoleUrl, pid, apiKey: (await readFile(join(dataFolder, "api-key"), "utf8")).trim() };
    } catch {
        return undefined;
    }
}

async function startInBackground(dataFolder: string): Promise<RunningLocalAgb> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
        const server = launch(dataFolder);
        do {
            await setTimeout(50);
            const address = await runningLocalAgb(dataFolder);
            if (address) return address;
        } while (server.exitCode() === undefined && Date.now() < deadline);
        if (server.exitCode() === undefined) break;
        if (server.exitCode() !== EXIT_ALREADY_SERVED) throw startError(await lastLine(join(dataFolder, LOG_FILE)));
        // Another process may have started a server first, which needs time to come up. Or an earlier server is shutting
        // down, and the next attempt succeeds.
        await setTimeout(200);
    }
    throw startError(`no answer within ${START_TIMEOUT_MS / 1000} s; see ${join(dataFolder, LOG_FILE)}`);
}

/** Starts a server that keeps running after this process exits. `exitCode` returns `undefined` until the server exits. */
function launch(dataFolder: string): { exitCode(): number | undefined } {
    const command = join(packageFolder(), "dist", "cli", "main.js");
    if (!existsSync(command)) {
        throw startError(`${command} is missing. Reinstall pulumi-agb (in a checkout, run npm run build)`);
    }
    let output: number;
    try {
        mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
        output = openSync(join(dataFolder, LOG_FILE), "a", 0o600);
    } catch (error) {
        throw startError(
            `its data folder ${dataFolder} is not writable (${(error as NodeJS.ErrnoException).code ?? String(error)}). Choose another one with AGB_LOCAL_DATA`,
        );
    }
    const child = spawn(
        process.execPath,
        [command, "local", "--data", dataFolder, "--exit-when-unused", String(MAX_UNUSED_SECONDS)],
        {
            detached: true,
            stdio: ["ignore", output, output],
            env: serverEnvironment(process.env),
            cwd: dataFolder,
            windowsHide: true,
        },
    );
    closeSync(output);
    child.unref();
    let exitCode: number | undefined;
    child.once("exit", (code) => (exitCode = code ?? 1));
    child.once("error", () => (exitCode = 1));
    return { exitCode: () => exitCode };
}

/** What Node.js and the platform need: where programs, the user's folders and temporary files are, and the language. */
const SERVER_VARIABLES =
    /^(?:PATH|PATHEXT|HOME|USER|LOGNAME|TMPDIR|TMP|TEMP|LANG|LC_.*|TZ|XDG_.*|AGB_LOCAL_DATA|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA)$/i;

/** The server outlives the deployment, so it gets none of its secrets, such as the decrypted configuration of the stack. */
function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(env).filter(([name]) => SERVER_VARIABLES.test(name)));
}

/** The exit code of a server whose data folder is already served by another one. */
export const EXIT_ALREADY_SERVED = 73;

function startError(reason: string): AgbSettingsError {
    return new AgbSettingsError(`the local AGB cannot be started: ${reason}`);
}

async function lastLine(file: string): Promise<string> {
    const lines = (await readFile(file, "utf8").catch(() => "")).trim().split("\n");
    return lines.at(-1)?.replace(/^error: /, "") || `see ${file}`;
}

/** The root folder of this package, whether this file is compiled or not. */
function packageFolder(): string {
    let folder = __dirname;
    while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
    return folder;
}
