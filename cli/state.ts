/** `pulumi-agb state`: mends a stack's state, without touching what it stands for. */
import type { Command } from "commander";
import { locateStack, openStack } from "../engine/stack";
import { withoutStates, withProtection, withRenamed, type Deletion } from "../engine/state/stateEdits";
import { StackLock } from "../engine/state/lock";
import type { ResourceState } from "../engine/model/types";
import { UserError } from "../engine/model/userError";
import type { RegisterCommand } from "./commands";
import { stackOptions, type StackFlags } from "./options";

type EditFlags = StackFlags & { yes?: boolean };
type AllFlags = EditFlags & { all?: boolean };

export const register: RegisterCommand = (command) => {
    subcommand(command, "delete [urns...]", "Forget resources, without deleting them")
        .aliases(["remove", "rm"])
        .option("--all", "all resources")
        .option("-f, --force", "also protected ones")
        .option("--target-dependents", "and what depends on them")
        .action(async (urns: string[], flags: AllFlags & Deletion) => {
            await edit(flags, (states) =>
                withoutStates(states, chosen(urns, flags) ?? states.map(({ urn }) => urn), flags),
            );
            process.stdout.write(urns.length === 1 ? "Resource deleted\n" : "Resources deleted\n");
        });
    subcommand(command, "rename <urn> <name>", "Give a resource another name").action(
        async (urn: string, name: string, flags: EditFlags) => {
            await edit(flags, (states) => withRenamed(states, urn, name));
            process.stdout.write("Resource renamed\n");
        },
    );
    for (const [name, protect] of [
        ["protect", true],
        ["unprotect", false],
    ] as const) {
        const summary = protect ? "Protect resources against being deleted" : "Let resources be deleted again";
        subcommand(command, `${name} [urns...]`, summary)
            .option("--all", "all resources")
            .action(async (urns: string[], flags: AllFlags) => {
                await edit(flags, (states) => withProtection(states, chosen(urns, flags), protect));
                process.stdout.write(
                    `${flags.all ? "All resources" : `${urns.length} ${urns.length === 1 ? "resource" : "resources"}`} ${name}ed\n`,
                );
            });
    }
};

function subcommand(command: Command, usage: string, summary: string): Command {
    return stackOptions(command.command(usage).description(summary)).option("-y, --yes", "do not ask");
}

/** `undefined` for all of them. */
function chosen(urns: string[], { all }: AllFlags): string[] | undefined {
    if (all ? urns.length > 0 : urns.length === 0)
        throw new UserError(
            `Name the resources by their URNs, or give --all${all ? ", not both" : ""}. "pulumi-agb stack export" shows the URNs.`,
        );
    return all ? undefined : urns;
}

async function edit(flags: EditFlags, change: (states: ResourceState[]) => ResourceState[]): Promise<void> {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    if (!flags.yes)
        throw new UserError(
            `This changes the state of the stack '${located.reference.name}' and nothing else, so that the two may differ afterwards: give --yes to do it.`,
        );
    const lock = await StackLock.acquire(located.backend, located.reference);
    try {
        const { state } = await openStack(located, process.env, false);
        await state.save({ ...state.snapshot, resources: change(state.snapshot.resources) });
    } finally {
        await lock.release();
    }
}
