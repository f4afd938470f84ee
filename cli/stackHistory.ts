/** The subcommand `stack history`: the updates of a stack, latest first. */
import type { Command } from "commander";
import { formatDuration } from "../engine/display/operations";
import { resolveConfig, type Decrypter } from "../engine/project/config";
import type { ConfigValue } from "../engine/project/stackSettings";
import { locateStack, openStack, type LocatedStack } from "../engine/stack";
import { readHistory, type StoredUpdate } from "../engine/state/history";
import { readDeployment } from "../engine/state/stackState";
import { parseInteger, type StackFlags } from "./options";
import { printJson } from "./print";
import { relativeTime } from "./relativeTime";
import { addStackSubcommand } from "./subcommand";

interface HistoryFlags extends StackFlags {
    json?: boolean;
    showSecrets?: boolean;
    fullDates?: boolean;
    page: number;
    pageSize: number;
}

export function registerHistory(stack: Command): void {
    addStackSubcommand(stack, "history", "Print the updates of a stack, latest first")
        .alias("hist")
        .option("-j, --json", "Print JSON")
        .option("--show-secrets", "Print secret config values in plain text")
        .option("--full-dates", "Print dates instead of the time since then")
        .option("--page-size <number>", "The number of updates on a page; 0 prints all", parseInteger, 10)
        .option("--page <number>", "The page to print", parseInteger, 1)
        .action(printHistory);
}

async function printHistory(flags: HistoryFlags): Promise<void> {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    const { backend, reference } = located;
    await readDeployment(backend, reference);
    const updates = pageOf(await readHistory(backend, reference), flags);
    if (flags.json) {
        const crypter = flags.showSecrets ? (await openStack(located, process.env, "fail")).crypter : undefined;
        printJson(updates.map((update) => toJson(update, located, crypter)));
        return;
    }
    if (updates.length === 0) {
        process.stdout.write(
            flags.page > 1 ? `No stack updates found on page '${flags.page}'\n` : "Stack has never been updated\n",
        );
    }
    for (const update of updates) process.stdout.write(`${describe(update, flags.fullDates === true)}\n`);
}

function pageOf(updates: StoredUpdate[], { page, pageSize }: HistoryFlags): StoredUpdate[] {
    if (pageSize <= 0) return updates;
    const start = (Math.max(page, 1) - 1) * pageSize;
    return updates.slice(start, start + pageSize);
}

function describe(update: StoredUpdate, fullDates: boolean): string {
    const { create = 0, delete: deleted = 0, update: updated = 0, same = 0 } = update.resourceChanges ?? {};
    const startedAt = date(update.startTime);
    const when = fullDates ? startedAt.toISOString() : relativeTime(startedAt);
    const duration = formatDuration(Math.max(1, update.endTime - update.startTime) * 1000);
    return [
        `Version: ${update.version}`,
        `UpdateKind: ${update.kind}`,
        `Status: ${update.result}`,
        `Message: ${update.message}`,
        `+${create} -${deleted} ~${updated} ${same} unchanged. Updated ${when}, took ${duration}`,
        ...Object.entries(update.environment)
            .filter(([, value]) => value.trim() !== "")
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, value]) => `    ${key}: ${value}`),
        "",
    ].join("\n");
}

function toJson(update: StoredUpdate, located: LocatedStack, crypter: Decrypter | undefined): object {
    const { version, kind, startTime, message, environment, config, result, endTime, resourceChanges = {} } = update;
    return {
        version,
        kind,
        startTime: date(startTime).toISOString(),
        message,
        environment,
        config: Object.fromEntries(
            Object.entries(config).map(([key, value]) => [
                key,
                configJson(key, value as ConfigValue, located, crypter),
            ]),
        ),
        result,
        endTime: date(endTime).toISOString(),
        resourceChanges,
    };
}

/** A config value as the update used it. Without a crypter, a secret has no value. */
function configJson(
    key: string,
    stored: ConfigValue,
    { project, reference }: LocatedStack,
    crypter: Decrypter | undefined,
): object {
    const settings = new Map([[key, stored]]);
    const resolve = (decrypter: Decrypter) =>
        resolveConfig({ ...project, config: {} }, reference.name, settings, decrypter);
    const secret = resolve({ decrypt: () => "" }).secretKeys.size > 0;
    if (secret && crypter === undefined) return { secret };
    try {
        const value = [...resolve(crypter ?? { decrypt: () => "" }).config.values()][0] ?? "";
        const isObject = typeof stored === "object" && stored !== null && !("secure" in stored);
        return { value, ...(isObject && { objectValue: JSON.parse(value) as unknown }), secret };
    } catch {
        return { value: "ERROR_UNABLE_TO_DECRYPT", secret };
    }
}

/** Updates store whole seconds. */
const date = (seconds: number): Date => new Date(seconds * 1000);
