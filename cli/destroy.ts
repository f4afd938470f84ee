/** The subcommand `destroy`. */
import { deploy } from "./deploy";
import { DEPLOYMENT_OPTIONS, deployOptions, executionOptions, type DeployFlags } from "./options";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    executionOptions(deployOptions(command))
        .optionsGroup(DEPLOYMENT_OPTIONS)
        .option("-r, --refresh", "Refresh the state first")
        .option("--exclude-protected", "Keep protected resources and everything they depend on")
        .option("--remove", "Remove the stack itself after its last resource is deleted")
        .action((flags: DeployFlags) => deploy("destroy", flags));
};
