/** `pulumi-agb refresh`. */
import type { Define } from "./commands";
import { deploy } from "./deploy";
import { deployOptions, executionOptions, type DeployFlags } from "./options";

export const define: Define = (command) => {
    executionOptions(deployOptions(command))
        .option("--clear-pending-creates", "forget what interrupted creations may have left behind")
        .action((flags: DeployFlags) => deploy("refresh", flags));
};
