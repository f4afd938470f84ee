/** The subcommand `version`, which prints the same as `--version`. */
import { packageVersion } from "./ownPackage";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    command.action(() => void process.stdout.write(`${packageVersion()}\n`));
};
