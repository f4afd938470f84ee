/** The subcommand `refresh`. */
import { deploy } from "./deploy";
import { deployOptions, executionOptions, type DeployFlags } from "./options";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    executionOptions(deployOptions(command))
        .option("--clear-pending-creates", "Clear the pending operations of interrupted creations")
        .action((flags: DeployFlags) => deploy("refresh", flags));
};
