/** `pulumi-agb up`. */
import type { RegisterCommand } from "./commands";
import { deploy } from "./deploy";
import { deployOptions, executionOptions, programOptions, type DeployFlags } from "./options";

export const register: RegisterCommand = (command) => {
    programOptions(executionOptions(deployOptions(command))).action((flags: DeployFlags) => deploy("up", flags));
};
