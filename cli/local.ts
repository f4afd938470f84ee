/** `pulumi-agb local`: a local AGB in the foreground. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { defaultDataFolder } from "../provider/agb/localServer";
import { parseFault, startLocalAgb, type Fault, type RequestLogEntry } from "../emulator/index";
import type { RegisterCommand } from "./commands";

interface LocalFlags {
    port: number;
    host: string;
    allowRemote?: true;
    data?: string;
    apiKeyFile?: string;
    latency: number;
    idleTimeout?: number;
    fault: Fault[];
    toolLink?: true;
    log?: "text" | "json";
    exitWhenUnused?: number;
}

export const register: RegisterCommand = (command) => {
    command
        .option("--port <number>", "the port to listen on; 0 takes any free one", wholeNumber, 0)
        .option("--host <address>", "the address to listen on", "127.0.0.1")
        .option("--allow-remote", "let --host be an address that other machines reach")
        .option("--data <folder>", "where everything is kept (default: AGB_LOCAL_DATA, or the user's data folder)")
        .option(
            "--api-key-file <file>",
            "a file with a key to accept (default: AGB_API_KEY, or a key made in the data folder)",
        )
        .option("--latency <milliseconds>", "added to each call", wholeNumber, 0)
        .option(
            "--idle-timeout <seconds>",
            "idle seconds after which a session that names no time of its own is released (default: 300)",
            wholeNumber,
        )
        .option(
            "--fault <call:kind:probability[:count]>",
            "what goes wrong on purpose, such as SyncContext:503:0.2; may be repeated",
            addFault,
            [],
        )
        .option(
            "--tool-link",
            "let clients call a session's tools over a link of its own, as they do where AGB offers one",
        )
        .option("--log <form>", "log each request, as text or json", logForm)
        .option("--exit-when-unused <seconds>", "end after so long without a call and without a session", wholeNumber)
        .action(run);
};

async function run(flags: LocalFlags): Promise<void> {
    const dataFolder = resolve(flags.data || process.env.AGB_LOCAL_DATA || defaultDataFolder());
    const given = readKey(flags.apiKeyFile);
    if (!isLoopback(flags.host)) {
        if (!flags.allowRemote)
            throw new Error(`other machines could reach ${flags.host}. Add --allow-remote if they may`);
        say(`Warning: whoever reaches ${flags.host} and knows the key can run commands in sessions on this machine.`);
    }
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((done) => (stop = done));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());

    const { exitWhenUnused, log, idleTimeout } = flags;
    const agb = await startLocalAgb({
        dataFolder,
        port: flags.port,
        host: flags.host,
        latency: flags.latency,
        faults: flags.fault,
        warn: say,
        ...(given !== undefined && { apiKey: given.key }),
        ...(idleTimeout !== undefined && { idleTimeout }),
        ...(flags.toolLink && { toolLink: true }),
        ...(log !== undefined && { log: log === "json" ? logJson : logText }),
        ...(exitWhenUnused !== undefined && { whenUnused: { seconds: exitWhenUnused, action: () => stop() } }),
    });
    say(`Local AGB at ${agb.endpoint}`);
    say(`Status page at ${agb.statusPage}`);
    say(`Data in ${dataFolder}`);
    say(`Use it with  export AGB_ENDPOINT=${agb.endpoint} AGB_API_KEY="$(cat '${join(dataFolder, "api-key")}')"`);
    if (given) say(`The key from ${given.from} is accepted as well.`);
    await stopped;
    await agb.close();
}

function readKey(file: string | undefined): { key: string; from: string } | undefined {
    if (file !== undefined) {
        const key = readFileSync(file, "utf8").trim();
        if (key === "") throw new Error(`the key file ${file} is empty`);
        return { key, from: file };
    }
    const key = process.env.AGB_API_KEY?.trim();
    return key ? { key, from: "AGB_API_KEY" } : undefined;
}

const isLoopback = (host: string): boolean =>
    host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
const say = (line: string) => void process.stdout.write(`${line}\n`);
const logJson = (line: RequestLogEntry) => say(JSON.stringify(line));
const logText = (line: RequestLogEntry) =>
    say(
        `${line.time} ${line.method} ${line.path} ${line.status} ${line.code} ${line.milliseconds} ms ${line.requestId}`,
    );

function wholeNumber(text: string): number {
    if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
    return Number(text);
}

function addFault(text: string, before: Fault[]): Fault[] {
    try {
        return [...before, parseFault(text)];
    } catch (error) {
        throw new InvalidArgumentError((error as Error).message);
    }
}

function logForm(text: string): "text" | "json" {
    if (text !== "text" && text !== "json") throw new InvalidArgumentError("Give text or json.");
    return text;
}
