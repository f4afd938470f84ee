/** The subcommand `state repair`: repairs a damaged state, after it has shown what would change. */
import type { Command } from "commander";
import { locateStack, openStack, type LocatedStack } from "../engine/stack";
import { irreparable } from "../engine/state/damage";
import { findDefects, type Reference } from "../engine/state/integrity";
import { StackLock } from "../engine/state/lock";
import { repairStates, type Repair } from "../engine/state/repair";
import { confirmEffects } from "./confirm";
import type { StackFlags } from "./options";
import { addStackSubcommand } from "./subcommand";

type RepairFlags = StackFlags & { yes?: boolean };

const REFERENCE_TEXT: Record<Reference["kind"], string> = {
    parent: "parent",
    dependency: "dependency",
    propertyDependency: "property dependency",
    deletedWith: "deleted with",
    replaceWith: "replaced with",
};

export function registerRepair(state: Command): void {
    addStackSubcommand(state, "repair", "Sort a damaged state, and remove references to missing resources")
        .option("-y, --yes", "Repair without confirmation")
        .action(async (flags: RepairFlags) => {
            const located = locateStack(flags.cwd, flags.stack, process.env);
            const lock = await StackLock.acquire(located.backend, located.reference);
            try {
                await repair(located, flags);
            } finally {
                await lock.release();
            }
        });
}

async function repair(located: LocatedStack, flags: RepairFlags): Promise<void> {
    const { state, backend, reference } = await openStack(located, process.env, "fail");
    const { snapshot } = state;
    if (findDefects(snapshot.resources).length === 0) {
        process.stdout.write("The state is not damaged, so nothing was changed\n");
        return;
    }
    const repaired = repairStates(snapshot.resources);
    if (repaired.remaining.length > 0) throw await irreparable(repaired.remaining, backend, reference);
    if (!(await confirmEffects("repair", "changed", describe(repaired), flags.yes))) return;
    await state.save({ ...snapshot, resources: repaired.resources });
    process.stdout.write("State repaired\n");
}

function describe({ moved, changes }: Repair): string {
    const lines: string[] = [];
    if (moved.length > 0) {
        lines.push("These resources move before those that refer to them:", ...moved.map(({ urn }) => `  ${urn}`));
    }
    if (changes.length > 0) lines.push("These resources lose references to resources that are not in the state:");
    for (const { before, urn, removed } of changes) {
        lines.push(`  ${before.urn}${before.delete ? " (pending deletion)" : ""}`);
        if (urn !== before.urn) lines.push(`    ~ becomes ${urn}`);
        for (const reference of removed) {
            const property = reference.property === undefined ? "" : ` "${reference.property}"`;
            lines.push(`    - ${REFERENCE_TEXT[reference.kind]}${property}: ${reference.urn}`);
        }
    }
    return `${lines.join("\n")}\n`;
}
