/** `pulumi-agb refresh`. */
import type { RegisterCommand } from "./commands";
import { deploy } from "./deploy";
import { deployOptions, executionOptions, type DeployFlags } from "./options";

export const register: RegisterCommand = (command) => {
    executionOptions(deployOptions(command))
        .option("--clear-pending-creates", "forget what interrupted creations may have left behind")
        .action((flags: DeployFlags) => deploy("refresh", flags));
};
