/** The subcommand `local`: runs a local AGB in the foreground. Its own subcommands control one in the background. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { errorMessage } from "../common/errorMessage";
import { isLoopback } from "../common/loopback";
import { FAULT_KINDS, parseFault, startLocalAgb, type Fault, type RequestLogEntry } from "../emulator/index";
import { localDataFolder } from "../provider/agb/localServer";
import { DEFAULT_IDLE_RELEASE_SECONDS } from "../provider/agb/policy";
import { addServerCommands, dataOption } from "./localServer";
import { parseNonNegativeInteger } from "./options";
import type { RegisterCommand } from "./subcommand";

interface LocalFlags {
    port: number;
    host: string;
    allowRemote?: true;
    data?: string;
    apiKeyFile?: string;
    latency: number;
    idleTimeout?: number;
    fault?: Fault[];
    toolLink?: true;
    log?: "text" | "json";
    exitWhenUnused?: number;
}

export const register: RegisterCommand = (command) => {
    command
        .option("--port <number>", "The port to listen on; 0 selects a free one", parseNonNegativeInteger, 0)
        .option("--host <address>", "The address to listen on", "127.0.0.1")
        .option("--allow-remote", "Allow --host to be an address that other machines can reach")
        .addOption(dataOption())
        .option(
            "--api-key-file <file>",
            "A file with an API key to accept in addition to the generated one (default: AGB_API_KEY)",
        )
        .option("--latency <milliseconds>", "The latency to add to every call", parseNonNegativeInteger, 0)
        .option(
            "--idle-timeout <seconds>",
            `The idle timeout of sessions that do not set their own (default: ${DEFAULT_IDLE_RELEASE_SECONDS})`,
            parseNonNegativeInteger,
        )
        .option(
            "--fault <call:kind:probability[:count]>",
            "Make calls fail, such as SyncContext:503:0.2; repeatable; the kinds are listed below",
            addFault,
        )
        .option("--tool-link", "Announce a link over which clients call the tools of a session directly")
        .addOption(new Option("--log <format>", "Log every request").choices(["text", "json"]))
        .option(
            "--exit-when-unused <seconds>",
            "Exit after this many seconds without a call and without a session",
            parseNonNegativeInteger,
        )
        .addHelpText("after", faultHelp)
        .action(run);
    addServerCommands(command);
};

/** The part of the help that explains `--fault`. */
function faultHelp(): string {
    const width = Math.max(
        ...Object.values(FAULT_KINDS)
            .flatMap(Object.keys)
            .map((kind) => kind.length),
    );
    const lines = Object.entries(FAULT_KINDS).flatMap(([group, kinds]) => [
        `  ${group}:`,
        ...Object.entries(kinds).map(([kind, effect]) => `    ${kind.padEnd(width)}  ${effect}`),
    ]);
    return [
        "",
        "The call of a fault is the last part of a URL, such as SyncContext, or objects for presigned URLs, or * for all.",
        "The kind is one of these. The default of its value is in parentheses.",
        ...lines,
    ].join("\n");
}

async function run(flags: LocalFlags): Promise<void> {
    const dataFolder = localDataFolder(flags.data);
    const extraKey = readKey(flags.apiKeyFile);
    if (!isLoopback(flags.host)) {
        if (!flags.allowRemote) {
            throw new Error(`other machines can reach ${flags.host}. To allow this, add --allow-remote.`);
        }
        printLine(`warning: anyone who can reach ${flags.host} and has the key can run commands on this machine.`);
    }
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((done) => (stop = done));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());

    const { exitWhenUnused, log, idleTimeout } = flags;
    const agb = await startLocalAgb({
        dataFolder,
        port: flags.port,
        host: flags.host,
        latencyMs: flags.latency,
        faults: flags.fault ?? [],
        warn: printLine,
        ...(extraKey !== undefined && { apiKey: extraKey.key }),
        ...(idleTimeout !== undefined && { idleTimeoutSeconds: idleTimeout }),
        ...(flags.toolLink && { toolLink: true }),
        ...(log !== undefined && { log: log === "json" ? logAsJson : logAsText }),
        ...(exitWhenUnused !== undefined && { whenUnused: { seconds: exitWhenUnused, action: () => stop() } }),
    });
    printLine(`Local AGB at ${agb.endpoint}`);
    printLine(`Console at ${agb.consoleUrl}`);
    printLine(`Data in ${dataFolder}`);
    printLine(`Use it with  export AGB_ENDPOINT=${agb.endpoint} AGB_API_KEY="$(cat '${join(dataFolder, "api-key")}')"`);
    if (extraKey) printLine(`The key from ${extraKey.source} is also accepted.`);
    await stopped;
    await agb.close();
}

function readKey(file: string | undefined): { key: string; source: string } | undefined {
    if (file !== undefined) {
        const key = readFileSync(file, "utf8").trim();
        if (key === "") throw new Error(`the key file ${file} is empty.`);
        return { key, source: file };
    }
    const key = process.env.AGB_API_KEY?.trim();
    return key ? { key, source: "AGB_API_KEY" } : undefined;
}

const printLine = (line: string) => void process.stdout.write(`${line}\n`);
const logAsJson = (entry: RequestLogEntry) => printLine(JSON.stringify(entry));
const logAsText = ({ time, method, path, status, code, milliseconds, requestId }: RequestLogEntry) =>
    printLine(`${time} ${method} ${path} ${status} ${code} ${milliseconds} ms ${requestId}`);

function addFault(text: string, previous: Fault[] = []): Fault[] {
    try {
        return [...previous, parseFault(text)];
    } catch (error) {
        throw new InvalidArgumentError(errorMessage(error));
    }
}
