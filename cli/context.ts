/** The subcommand `context`: lists contexts and their files, and copies files between a context and this machine. */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { posix, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { collect } from "../common/collect";
import { commandLine } from "../common/commandLine";
import { UserError } from "../engine/model/userError";
import { findContext, type AgbClient, type WireContext } from "../provider/agb";
import { listRunning } from "../provider/handlers/session/running";
import { withAccount } from "./account";
import { confirmEffects } from "./confirm";
import { byIdOrName } from "./contextArgument";
import type { StackFlags } from "./options";
import { printJson, printTable } from "./print";
import { addStackSubcommand, type RegisterCommand } from "./subcommand";

interface ListFlags extends StackFlags {
    json?: boolean;
}

interface CopyFlags extends StackFlags {
    force?: boolean;
}

interface RemoveFlags extends StackFlags {
    yes?: boolean;
}

export const register: RegisterCommand = (command) => {
    addStackSubcommand(command, "list", "Print all contexts in the account")
        .alias("ls")
        .option("-j, --json", "Print JSON")
        .action(list);
    addStackSubcommand(command, "files <context> [folder]", "Print the files of a context, or of a folder in it")
        .option("-j, --json", "Print JSON")
        .action(files);
    addStackSubcommand(command, "get <context> <path> [file]", "Copy a file of a context to this machine; - prints it")
        .option("-f, --force", "Replace the local file")
        .action(get);
    addStackSubcommand(command, "put <context> <file> <path>", "Copy a file from this machine to a context")
        .option("-f, --force", "Replace the context's file")
        .action(put);
    addStackSubcommand(command, "rm <context> <path>", "Delete a file of a context")
        .option("-y, --yes", "Delete without confirmation")
        .action(remove);
};

async function list(flags: ListFlags): Promise<void> {
    const contexts = await withAccount(flags, (agb) => collect(agb.listContexts()));
    if (flags.json) {
        printJson(
            contexts.map(({ id, name, state, createTime, lastUsedTime }) => ({
                id,
                name,
                state,
                createTime,
                lastUsedTime,
            })),
        );
    } else if (contexts.length === 0) {
        process.stdout.write("No contexts.\n");
    } else {
        printTable([
            ["ID", "NAME", "STATE", "LAST USED"],
            ...contexts.map(({ id, name, state = "", lastUsedTime = "" }) => [id, name, state, lastUsedTime]),
        ]);
    }
}

async function files(nameOrId: string, folder = "/", flags: ListFlags): Promise<void> {
    const path = absolutePath(folder);
    const found = await withAccount(flags, async (agb) => {
        const context = await contextOf(agb, nameOrId);
        return collect(agb.walkContextFiles(context.id, path));
    });
    if (flags.json) {
        printJson(
            found.map(({ filePath, size, gmtModified }) => ({ path: filePath, size, modifiedTime: gmtModified })),
        );
    } else if (found.length === 0) {
        process.stdout.write(path === "/" ? "No files.\n" : `No files in ${path}.\n`);
    } else {
        printTable([
            ["SIZE", "MODIFIED", "PATH"],
            ...found.map(({ filePath, size, gmtModified = "" }) => [String(size ?? ""), gmtModified, filePath]),
        ]);
    }
}

async function get(nameOrId: string, path: string, file: string | undefined, flags: CopyFlags): Promise<void> {
    const source = absolutePath(path);
    await withAccount(flags, async (agb) => {
        const context = await contextOf(agb, nameOrId);
        await requireFile(agb, context, source);
        const download = () => agb.downloadContextFile(context.id, source);
        if (file === "-") {
            await pipeline(await download(), process.stdout, { end: false });
            return;
        }
        const target = await localTarget(resolve(flags.cwd, file ?? "."), posix.basename(source));
        if (!flags.force && (await exists(target))) {
            throw new UserError(`${target} already exists. To replace it, pass --force.`);
        }
        // A download that is interrupted leaves the local file as it was.
        const partial = `${target}.${randomUUID()}.part`;
        try {
            await pipeline(await download(), createWriteStream(partial, { flags: "wx" }));
            await rename(partial, target);
        } finally {
            await rm(partial, { force: true });
        }
        process.stdout.write(`Copied ${source} of context ${context.name} to ${target}\n`);
    });
}

async function put(nameOrId: string, file: string, path: string, flags: CopyFlags): Promise<void> {
    const source = resolve(flags.cwd, file);
    const target = absolutePath(path.endsWith("/") ? `${path}${posix.basename(source)}` : path);
    await withAccount(flags, async (agb) => {
        const context = await contextOf(agb, nameOrId);
        if (!flags.force && (await agb.findContextFile(context.id, target))) {
            throw new UserError(`context ${context.name} already has ${target}. To replace it, pass --force.`);
        }
        const { size } = await agb.uploadContextFile(context.id, target, { file: source });
        process.stdout.write(`Copied ${source} to ${target} of context ${context.name} (${size} bytes)\n`);
        await warnOfSessions(agb, context, target);
    });
}

async function remove(nameOrId: string, path: string, flags: RemoveFlags): Promise<void> {
    const target = absolutePath(path);
    await withAccount(flags, async (agb) => {
        const context = await contextOf(agb, nameOrId);
        await requireFile(agb, context, target);
        const effect = `This deletes ${target} of context ${context.name} (${context.id}).\n`;
        if (!(await confirmEffects("deletion", "deleted", effect, flags.yes))) return;
        await agb.deleteContextFile(context.id, target);
        process.stdout.write(`Deleted ${target}\n`);
        await warnOfSessions(agb, context, target);
    });
}

/** A session that mounts the folder does not see the change, and its upload undoes it. */
async function warnOfSessions(agb: AgbClient, context: WireContext, path: string): Promise<void> {
    for (const { id, mounts } of await listRunning(agb)) {
        const mount = mounts.find((each) => each.contextId === context.id && isBelow(path, each.path));
        if (!mount) continue;
        process.stderr.write(
            `warning: session ${id} mounts ${mount.path} of this context. It does not see the change until a sync in mode download, and its next upload brings its own version back.\n`,
        );
    }
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(folder.replace(/\/*$/, "/"));

async function contextOf(agb: AgbClient, nameOrId: string): Promise<WireContext> {
    const listed = byIdOrName(await collect(agb.listContexts()), nameOrId);
    // The listing may be limited to one region.
    const context = listed ?? (await findContext(agb, { id: nameOrId }));
    if (context) return context;
    throw new UserError(
        `the account has no context with the name or id "${nameOrId}". To see those that it has, run \`${commandLine("context list")}\`.`,
    );
}

async function requireFile(agb: AgbClient, context: WireContext, path: string): Promise<void> {
    if (await agb.findContextFile(context.id, path)) return;
    throw new UserError(
        `context ${context.name} has no file ${path}. To see those that it has, run \`${commandLine(`context files ${context.name}`)}\`.`,
    );
}

function absolutePath(path: string): string {
    if (!path.startsWith("/")) {
        throw new UserError(
            `"${path}" is not an absolute path. Files of a context are named as sessions see them, such as /home/work/notes.md.`,
        );
    }
    return posix.normalize(path);
}

/** A file in `path` if that is a folder, otherwise `path` itself. */
async function localTarget(path: string, name: string): Promise<string> {
    const isDirectory = await stat(path).then(
        (stats) => stats.isDirectory(),
        () => false,
    );
    return isDirectory ? resolve(path, name) : path;
}

const exists = (path: string): Promise<boolean> =>
    stat(path).then(
        () => true,
        () => false,
    );
