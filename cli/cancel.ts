/** `pulumi-agb cancel`. */
import { locateStack } from "../engine/stack";
import { breakLocks } from "../engine/state/lock";
import { STACK_NOT_FOUND, UserError } from "../engine/model/userError";
import type { RegisterCommand } from "./commands";
import { stackOptions, type StackFlags } from "./options";

export const register: RegisterCommand = (command) => {
    stackOptions(command)
        .argument("[stack]", "the stack, like --stack")
        .option("-y, --yes", "accepted for the pulumi command's sake; nothing is asked")
        .action(async (name: string | undefined, flags: StackFlags) => {
            const { backend, reference } = locateStack(flags.cwd, name ?? flags.stack, process.env);
            if (!backend.hasStack(reference)) {
                throw new UserError(`no stack named '${reference.name}' found`, STACK_NOT_FOUND);
            }
            await breakLocks(backend, reference);
            process.stdout.write(`The currently running update for '${reference.name}' has been canceled!\n`);
        });
};
