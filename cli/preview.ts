/** `pulumi-agb preview`. */
import type { Define } from "./commands";
import { deploy } from "./deploy";
import { deployOptions, programOptions, type DeployFlags } from "./options";

export const define: Define = (command) => {
    programOptions(deployOptions(command)).action((flags: DeployFlags) => deploy("preview", flags));
};
