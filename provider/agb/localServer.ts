/** Finds the local AGB of this user, or starts it in the background. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { request } from "undici";
import { z } from "zod";
import { AgbSettingsError } from "./errors";

const START_LIMIT_MS = 30_000;
const ANSWER_LIMIT_MS = 2_000;
/** A server in the background ends when it has not been called for so long and no session lives. */
const UNUSED_SECONDS = 15 * 60;
const LOG_FILE = "server.log";

/** What a running server keeps in its data folder, and repeats when it is asked for its health. */
const serverSchema = z.looseObject({ endpoint: z.url(), instance: z.string().min(1) });
const healthSchema = z.looseObject({ instance: z.string() });

export interface LocalAgbAddress {
    endpoint: string;
    apiKey: string;
}

/**
 * The running local AGB of a data folder, started in the background when there is none. Many processes may ask at the same time:
 * one server serves them all. Its key is its own, kept in the data folder; the user's key for the service never gets there.
 *
 * @throws {@link AgbSettingsError} when it cannot be started, with the reason in one line.
 */
export async function ensureLocalAgb(options: { dataFolder?: string } = {}): Promise<LocalAgbAddress> {
    const dataFolder = resolve(options.dataFolder || process.env.AGB_LOCAL_DATA || defaultDataFolder());
    return (await runningLocalAgb(dataFolder)) ?? (await startInBackground(dataFolder));
}

/** The user's own folder for the data of programs, as the platform has it. */
export function defaultDataFolder(env = process.env, platform = process.platform): string {
    if (platform === "win32") return join(env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "pulumi-agb");
    if (platform === "darwin") return join(homedir(), "Library", "Application Support", "pulumi-agb");
    return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "pulumi-agb");
}

/** The server of the data folder when it runs and answers. */
async function runningLocalAgb(dataFolder: string): Promise<LocalAgbAddress | undefined> {
    try {
        const server = serverSchema.parse(JSON.parse(await readFile(join(dataFolder, "server.json"), "utf8")));
        const { body } = await request(`${server.endpoint}/local/health`, {
            headersTimeout: ANSWER_LIMIT_MS,
            bodyTimeout: ANSWER_LIMIT_MS,
        });
        // After a crash somebody else may have been given the port: only our server knows the name of its run.
        if (healthSchema.parse(await body.json()).instance !== server.instance) return undefined;
        return { endpoint: server.endpoint, apiKey: (await readFile(join(dataFolder, "api-key"), "utf8")).trim() };
    } catch {
        return undefined;
    }
}

async function startInBackground(dataFolder: string): Promise<LocalAgbAddress> {
    for (const limit = Date.now() + START_LIMIT_MS; Date.now() < limit;) {
        const server = launch(dataFolder);
        do {
            await setTimeout(50);
            const found = await runningLocalAgb(dataFolder);
            if (found) return found;
        } while (server.ended() === undefined && Date.now() < limit);
        if (server.ended() === undefined) break;
        if (server.ended() !== EXIT_ALREADY_SERVED) throw cannotStart(await lastLine(join(dataFolder, LOG_FILE)));
        // Another process was quicker and its server is on its way up; or an earlier server is just ending, and then ours is needed.
        await setTimeout(200);
    }
    throw cannotStart(`no answer within ${START_LIMIT_MS / 1000} s; see ${join(dataFolder, LOG_FILE)}`);
}

/** Starts a server that outlives this process. */
function launch(dataFolder: string): { ended(): number | undefined } {
    const command = join(packageFolder(), "dist", "cli", "main.js");
    if (!existsSync(command)) {
        throw cannotStart(`${command} is missing. Install pulumi-agb again (or, in a checkout, npm run build)`);
    }
    let output: number;
    try {
        mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
        output = openSync(join(dataFolder, LOG_FILE), "a", 0o600);
    } catch (error) {
        throw cannotStart(
            `its data folder ${dataFolder} cannot be written to (${(error as NodeJS.ErrnoException).code ?? String(error)}). Choose another with AGB_LOCAL_DATA`,
        );
    }
    const env = { ...process.env };
    delete env.AGB_API_KEY;
    const child = spawn(
        process.execPath,
        [command, "local", "--data", dataFolder, "--exit-when-unused", String(UNUSED_SECONDS)],
        {
            detached: true,
            stdio: ["ignore", output, output],
            env,
            cwd: dataFolder,
            windowsHide: true,
        },
    );
    closeSync(output);
    child.unref();
    let ended: number | undefined;
    child.once("exit", (code) => (ended = code ?? 1));
    child.once("error", () => (ended = 1));
    return { ended: () => ended };
}

/** The exit status of a server that found another one serving its data folder. */
export const EXIT_ALREADY_SERVED = 73;

const cannotStart = (reason: string) => new AgbSettingsError(`the local AGB cannot be started: ${reason}`);

async function lastLine(file: string): Promise<string> {
    const lines = (await readFile(file, "utf8").catch(() => "")).trim().split("\n");
    return lines.at(-1)?.replace(/^error: /, "") || `see ${file}`;
}

/** The folder of this package, from its compiled files as from its sources. */
function packageFolder(): string {
    let folder = __dirname;
    while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
    return folder;
}
