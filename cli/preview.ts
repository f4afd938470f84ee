/** The subcommand `preview`. */
import { deploy } from "./deploy";
import { deployOptions, programOptions, type DeployFlags } from "./options";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    programOptions(deployOptions(command)).action((flags: DeployFlags) => deploy("preview", flags));
};
