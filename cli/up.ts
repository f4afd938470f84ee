/** The subcommand `up`. */
import { deploy } from "./deploy";
import { deployOptions, executionOptions, programOptions, type DeployFlags } from "./options";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    programOptions(executionOptions(deployOptions(command))).action((flags: DeployFlags) => deploy("up", flags));
};
