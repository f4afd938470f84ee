/** The engines that stories run on: the embedded one everywhere, the `pulumi` command where it exists. */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { describe } from "vitest";

export const root = resolve(__dirname, "../..");

export interface Engine {
    name: string;
    /** How messages name it. */
    command: string;
    /** The command line of an operation, without the options that every run gets. */
    argv(command: string): string[];
}

export const embedded: Engine = {
    name: "the embedded engine",
    command: "npx pulumi-agb",
    argv: (command) => [process.execPath, join(root, "dist", "cli", "main.js"), ...command.split(" ")],
};
const pulumi: Engine = {
    name: "the pulumi command",
    command: "pulumi",
    argv: (command) => ["pulumi", ...(command === "output" ? ["stack", "output"] : command.split(" "))],
};

export const hasPulumi = spawnSync("pulumi", ["version"]).status === 0;
export const engines: Engine[] = hasPulumi ? [embedded, pulumi] : [embedded];

/** For `meta` of what `skipIf(!hasPulumi)` skips. */
export const NEEDS_PULUMI = { skipReason: "the pulumi command is not installed" };

/** A suite for each engine, with its name instead of `$name`. Without the `pulumi` command its suite is skipped. */
export function describeOnEngines(title: string, body: (engine: Engine) => void): void {
    for (const engine of [embedded, pulumi]) {
        const isMissing = engine === pulumi && !hasPulumi;
        describe.skipIf(isMissing)(title.replace("$name", engine.name), isMissing ? { meta: NEEDS_PULUMI } : {}, () => {
            body(engine);
        });
    }
}
