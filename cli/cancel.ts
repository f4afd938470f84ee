/** The subcommand `cancel`. */
import { locateStack } from "../engine/stack";
import { stackNotFound } from "../engine/state/knownStacks";
import { breakLocks } from "../engine/state/lock";
import { stackOptions, type StackFlags } from "./options";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    stackOptions(command)
        .argument("[stack]", "The stack, as with --stack")
        .option("-y, --yes", "Accepted for compatibility with the pulumi command, which asks for confirmation")
        .action(async (name: string | undefined, flags: StackFlags) => {
            const { backend, reference } = locateStack(flags.cwd, name ?? flags.stack, process.env);
            if (!backend.hasStack(reference)) {
                throw stackNotFound(backend, reference);
            }
            const locks = await breakLocks(backend, reference);
            process.stdout.write(
                locks === 0
                    ? `There is nothing to cancel: the stack '${reference.name}' is not locked.\n`
                    : `The currently running update for '${reference.name}' has been canceled!\n`,
            );
        });
};
