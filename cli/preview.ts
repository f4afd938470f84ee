/** `pulumi-agb preview`. */
import type { RegisterCommand } from "./commands";
import { deploy } from "./deploy";
import { deployOptions, programOptions, type DeployFlags } from "./options";

export const register: RegisterCommand = (command) => {
    programOptions(deployOptions(command)).action((flags: DeployFlags) => deploy("preview", flags));
};
