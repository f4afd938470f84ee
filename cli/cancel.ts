/** The subcommand `cancel`. */
import { locateStack } from "../engine/stack";
import { stackNotFound } from "../engine/state/knownStacks";
import { breakLocks, type LockInfo } from "../engine/state/lock";
import { stackOptions, type StackFlags } from "./options";
import type { RegisterCommand } from "./subcommand";

function describe(stack: string, locks: LockInfo[]): string {
    if (locks.length === 0) return `There is nothing to cancel: the stack '${stack}' is not locked.`;
    const owners = locks.map(({ owner }) => owner).join(", ");
    return locks.every(({ isAbandoned }) => isAbandoned)
        ? `Removed the lock that a killed run has left on the stack '${stack}': ${owners}. The next run continues from the saved state.`
        : `Removed the lock on the stack '${stack}': ${owners}. That run is not stopped: make sure that it has ended before the next one.`;
}

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
            process.stdout.write(`${describe(reference.name, locks)}\n`);
        });
};
