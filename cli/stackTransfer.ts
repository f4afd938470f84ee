/** `pulumi-agb stack export` and `stack import`: a stack's deployment as JSON, for another machine or to be mended by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { exportDeployment, importDeployment, locateStack, openStack } from "../engine/stack";
import type { VersionedDeployment } from "../engine/state/checkpoint";
import { StackLock } from "../engine/state/lock";
import { UserError } from "../engine/model/userError";
import { stackOptions, type StackFlags } from "./options";

export function define(stack: Command): void {
    stackOptions(stack.command("export").description("Print a stack's state as JSON"))
        .option("--show-secrets", "with secrets in plain text")
        .option("--file <path>", "write to this file instead")
        .action(exportStack);
    stackOptions(stack.command("import").description("Replace a stack's state by what `export` has printed"))
        .option("--file <path>", "read this file instead of the standard input")
        .option("-f, --force", "also a state that belongs to another stack")
        .action(importStack);
}

async function exportStack(flags: StackFlags & { showSecrets?: boolean; file?: string }): Promise<void> {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    const json = `${JSON.stringify(await exportDeployment(located, process.env, flags.showSecrets === true), undefined, 4)}\n`;
    if (flags.file === undefined) {
        process.stdout.write(json);
    } else {
        writeFileSync(flags.file, json, { mode: 0o600 });
    }
}

async function importStack(flags: StackFlags & { file?: string; force?: boolean }): Promise<void> {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    const source = flags.file ?? "the standard input";
    const content = flags.file === undefined ? await text(process.stdin) : readFileSync(flags.file, "utf8");
    const lock = await StackLock.acquire(located.backend, located.reference);
    try {
        await importDeployment(
            await openStack(located, process.env, false),
            process.env,
            parse(content, source),
            flags.force === true,
        );
    } finally {
        await lock.release();
    }
    process.stdout.write("Import complete.\n");
}

function parse(content: string, source: string): VersionedDeployment {
    try {
        return JSON.parse(content) as VersionedDeployment;
    } catch (error) {
        throw new UserError(`What was read from ${source} is not JSON: ${(error as Error).message}`);
    }
}
