/** The subcommand `version`, which prints the same as `--version`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    command.action(() => void process.stdout.write(`${packageVersion()}\n`));
};

export function packageVersion(): string {
    // This file is either in cli/ or in dist/cli/, and the package's manifest is above both.
    for (const folder of ["..", "../.."]) {
        try {
            const manifest = JSON.parse(readFileSync(join(__dirname, folder, "package.json"), "utf8")) as {
                version: string;
            };
            return manifest.version;
        } catch {
            continue;
        }
    }
    return "unknown";
}
