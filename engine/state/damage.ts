/** Messages about a damaged state. They name only remedies that work for this state. */

import { readFile } from "node:fs/promises";
import { commandLine } from "../../common/commandLine";
import { shellQuoted } from "../../common/shellQuoted";
import type { ResourceState } from "../model/types";
import { UserError } from "../model/userError";
import type { FileBackend, StackReference } from "./backend";
import { assertSupported, parseCheckpoint, type VersionedDeployment } from "./checkpoint";
import { findDefects } from "./integrity";
import { repairStates } from "./repair";

/** Refuses a damaged state. */
export async function assertIntact(
    { deployment }: VersionedDeployment,
    backend: FileBackend,
    stack: StackReference,
): Promise<void> {
    const { resources = [] } = deployment ?? {};
    const defects = findDefects(resources);
    if (defects.length === 0) return;
    const { remaining } = repairStates(resources);
    if (remaining.length > 0) throw await irreparable(remaining, backend, stack);
    const remedies = [repairAdvice(stack), ...(await backupAdvice(backend, stack))];
    throw new UserError(
        `the state of stack ${stack.name} is damaged: ${summarize(defects)}. Nothing was changed. ${remedies.join(" ")}`,
    );
}

/** The error if `state repair` cannot repair the state. */
export async function irreparable(
    defects: readonly string[],
    backend: FileBackend,
    stack: StackReference,
): Promise<UserError> {
    const remedies = [...(await backupAdvice(backend, stack)), editAdvice(stack)];
    return new UserError(
        `the state of stack ${stack.name} is damaged and cannot be repaired automatically: ${summarize(defects)}. Nothing was changed. ${remedies.join(" ")}`,
    );
}

/** The error if a save made the state damaged. */
export function damagedBySave(
    defects: readonly string[],
    resources: readonly ResourceState[],
    stack: StackReference,
): UserError {
    const remedy = repairStates(resources).remaining.length === 0 ? repairAdvice(stack) : editAdvice(stack);
    return new UserError(
        `the state of stack ${stack.name} is damaged: ${summarize(defects)}. It was saved with the outcome of every operation, and no others were started. This is a defect of the embedded engine: please report it. ${remedy}`,
    );
}

/** The defects in one phrase. */
export function summarize([first = "", ...others]: readonly string[]): string {
    return others.length === 0 ? first : `${first} (and ${others.length} more)`;
}

export const repairAdvice = ({ name }: StackReference): string =>
    `To repair it, run \`${commandLine("state repair", name)}\`.`;

const editAdvice = ({ name }: StackReference): string =>
    `To correct it by hand, run \`${commandLine("stack export --file state.json", name)}\`, edit the file, and run \`${commandLine("stack import --file state.json", name)}\`.`;

/** How to return to the backup, if it is intact and has resources. */
export async function backupAdvice(backend: FileBackend, stack: StackReference): Promise<string[]> {
    const file = backend.backupFile(stack);
    try {
        const backup = parseCheckpoint(await readFile(file, "utf8"), file);
        const resources = backup.deployment?.resources ?? [];
        assertSupported(backup);
        if (resources.length === 0 || findDefects(resources).length > 0) return [];
    } catch {
        return [];
    }
    return [
        `To return to the state before the last save, run \`${commandLine(`stack import --file ${shellQuoted(file)}`, stack.name)}\`.`,
    ];
}
