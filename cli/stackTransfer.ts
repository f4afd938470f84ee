/** The subcommands `stack export` and `stack import`: a stack's state as JSON, to move it or to edit it by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { exportDeployment, importDeployment, locateStack } from "../engine/stack";
import { parseImport } from "../engine/state/checkpoint";
import { StackLock } from "../engine/state/lock";
import type { StackFlags } from "./options";
import { addStackSubcommand } from "./subcommand";

export function registerTransfer(stack: Command): void {
    addStackSubcommand(stack, "export", "Print a stack's state as JSON")
        .option("--show-secrets", "Print secrets in plain text")
        .option("--file <path>", "Write to this file instead of standard output")
        .action(exportStack);
    addStackSubcommand(stack, "import", "Replace a stack's state with the output of `stack export` or a .bak file")
        .option("--file <path>", "Read this file instead of standard input")
        .option("-f, --force", "Import the state even if it is damaged or belongs to another stack")
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
    const source = flags.file ?? "standard input";
    const content = flags.file === undefined ? await text(process.stdin) : readFileSync(flags.file, "utf8");
    const imported = parseImport(content, source);
    const lock = await StackLock.acquire(located.backend, located.reference);
    try {
        const warnings = await importDeployment(located, process.env, imported, flags.force === true);
        for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    } finally {
        await lock.release();
    }
    process.stdout.write("Import complete.\n");
}
