/** `pulumi-agb destroy`. */
import type { RegisterCommand } from "./commands";
import { deploy } from "./deploy";
import { deployOptions, executionOptions, type DeployFlags } from "./options";

export const register: RegisterCommand = (command) => {
    executionOptions(deployOptions(command))
        .option("-r, --refresh", "read everything first, and go on from what is there")
        .option("--exclude-protected", "leave protected resources and what they depend on")
        .option("--remove", "remove the stack itself when nothing is left in it")
        .action((flags: DeployFlags) => deploy("destroy", flags));
};
