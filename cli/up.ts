/** `pulumi-agb up`. */
import type { Define } from "./commands";
import { deploy } from "./deploy";
import { deployOptions, executionOptions, programOptions, type DeployFlags } from "./options";

export const define: Define = (command) => {
    programOptions(executionOptions(deployOptions(command))).action((flags: DeployFlags) => deploy("up", flags));
};
