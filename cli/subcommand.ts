/** How the module of a subcommand plugs into the command. */
import type { Command } from "commander";
import { stackOptions } from "./options";

/** Adds options, arguments and the action to the subcommand's `Command`. The action throws if it fails. */
export type RegisterCommand = (command: Command) => void;

/** Adds a nested subcommand that works on a stack, such as `stack init`. `stack --stack dev init` works, too. */
export function addStackSubcommand(command: Command, usage: string, summary: string): Command {
    if (command.commands.length === 0) {
        command.helpCommand("help [command]", "Print help for a command");
        stackOptions(command).hook("preSubcommand", (parent, nested) => {
            for (const key of ["stack", "cwd"]) {
                if (parent.getOptionValueSource(key) === "cli") {
                    nested.setOptionValueWithSource(key, parent.getOptionValue(key), "default");
                }
            }
        });
    }
    return stackOptions(command.command(usage).description(summary));
}
