/** The subcommand `refresh`. */
import { Option } from "commander";
import { deploy } from "./deploy";
import {
    DEPLOYMENT_OPTIONS,
    deployOptions,
    excludeDependentsOption,
    executionOptions,
    type DeployFlags,
} from "./options";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    excludeDependentsOption(executionOptions(deployOptions(command)).optionsGroup(DEPLOYMENT_OPTIONS))
        .option("--clear-pending-creates", "Clear the pending operations of interrupted creations")
        .addOption(
            new Option(
                "--skip-pending-creates",
                "Keep the pending operations of interrupted creations, which is the default",
            ).conflicts("clearPendingCreates"),
        )
        .action((flags: DeployFlags) => deploy("refresh", flags));
};
