/** The engines on which stories are told: the embedded one everywhere, the `pulumi` command where it exists. */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

export const root = resolve(__dirname, "../..");

export interface Engine {
    name: string;
    /** The command line of an operation, without the options that every run gets. */
    argv(command: string): string[];
}

const embedded: Engine = {
    name: "the embedded engine",
    argv: (command) => [process.execPath, join(root, "dist", "cli", "main.js"), ...command.split(" ")],
};
const pulumi: Engine = {
    name: "the pulumi command",
    argv: (command) => ["pulumi", ...(command === "output" ? ["stack", "output"] : command.split(" "))],
};

export const hasPulumi = spawnSync("pulumi", ["version"]).status === 0;
if (!hasPulumi) console.log("skipped: no pulumi command");
export const engines: Engine[] = hasPulumi ? [embedded, pulumi] : [embedded];
