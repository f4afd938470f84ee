/** The subcommand `state`: edits a stack's state without changing real resources. */
import type { Command } from "commander";
import { commandLine } from "../common/commandLine";
import { locateStack, openStack, readIntact } from "../engine/stack";
import { deleteStates, renameState, markStates, type Deletion } from "../engine/state/stateEdits";
import { StackLock } from "../engine/state/lock";
import type { ResourceState } from "../engine/model/types";
import { UserError } from "../engine/model/userError";
import type { StackFlags } from "./options";
import { registerRepair } from "./stateRepair";
import { addStackSubcommand, type RegisterCommand } from "./subcommand";

type EditFlags = StackFlags & { yes?: boolean };
type AllFlags = EditFlags & { all?: boolean };

/** Marks on resources, with the text that the `pulumi` command reports after setting one. */
const MARKS = {
    protect: { summary: "Protect resources from deletion", mark: { protect: true }, report: pluralized },
    unprotect: { summary: "Allow resources to be deleted again", mark: { protect: false }, report: pluralized },
    taint: { summary: "Let the next deployment replace resources", mark: { taint: true }, report: counted },
    untaint: { summary: "Cancel the replacement of tainted resources", mark: { taint: false }, report: counted },
};

export const register: RegisterCommand = (command) => {
    addEdit(command, "delete [urns...]", "Remove resources from the state without deleting them")
        .aliases(["remove", "rm"])
        .option("--all", "Select all resources")
        .option("-f, --force", "Include protected resources")
        .option("--target-dependents", "Include the resources that depend on the selected ones")
        .action(async (urns: string[], flags: AllFlags & Deletion) => {
            await edit(flags, (states) =>
                deleteStates(states, selectUrns(urns, flags) ?? states.map(({ urn }) => urn), flags),
            );
            process.stdout.write(urns.length === 1 ? "Resource deleted\n" : "Resources deleted\n");
        });
    addEdit(command, "rename <urn> <name>", "Rename a resource").action(
        async (urn: string, name: string, flags: EditFlags) => {
            await edit(flags, (states) => renameState(states, urn, name));
            process.stdout.write("Resource renamed\n");
        },
    );
    for (const [name, { summary, mark, report }] of Object.entries(MARKS)) {
        addEdit(command, `${name} [urns...]`, summary)
            .option("--all", "Select all resources")
            .action(async (urns: string[], flags: AllFlags) => {
                // A mark can be removed again, so it needs no confirmation.
                await edit({ ...flags, yes: true }, (states) => markStates(states, selectUrns(urns, flags), mark));
                process.stdout.write(`${flags.all ? "All resources" : report(urns.length)} ${name}ed\n`);
            });
    }
    registerRepair(command);
};

function pluralized(count: number): string {
    return `${count} ${count === 1 ? "resource" : "resources"}`;
}
function counted(count: number): string {
    return `${count} resources`;
}

function addEdit(command: Command, usage: string, summary: string): Command {
    return addStackSubcommand(command, usage, summary).option("-y, --yes", "Confirm the change");
}

/** The selected URNs, or undefined for all resources. */
function selectUrns(urns: string[], { all }: AllFlags): string[] | undefined {
    if (all ? urns.length > 0 : urns.length === 0) {
        throw new UserError(
            `pass either the URNs of the resources or --all${all ? ", not both" : ""}. To find the URNs, run \`${commandLine("stack export")}\`.`,
        );
    }
    return all ? undefined : urns;
}

async function edit(flags: EditFlags, change: (states: ResourceState[]) => ResourceState[]): Promise<void> {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    if (!flags.yes) {
        throw new UserError(
            `this changes only the state of the stack '${located.reference.name}', which may then differ from the real resources. To confirm, pass --yes.`,
        );
    }
    const lock = await StackLock.acquire(located.backend, located.reference);
    try {
        const stored = await readIntact(located, "fail");
        const { state } = await openStack(located, process.env, "fail", { stored });
        await state.save({ ...state.snapshot, resources: change(state.snapshot.resources) });
    } finally {
        await lock.release();
    }
}
