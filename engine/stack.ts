/** Locates, opens, reads, selects and removes stacks on the file backend. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commandLine, nameStack } from "../common/commandLine";
import type { PropertyMap } from "./model/types";
import { STACK_TYPE } from "./model/urn";
import { UserError } from "./model/userError";
import { loadProject, type ProjectFile } from "./project/project";
import { StackSettings } from "./project/stackSettings";
import { backendURL, FileBackend, fullName, parseStackName, pulumiHome, type StackReference } from "./state/backend";
import { describeStacks, stackNotFound } from "./state/knownStacks";
import { newCrypter, openCrypter, readPassphrase, type Crypter } from "./state/passphrase";
import { assertSupported, decodeSnapshot, type VersionedDeployment } from "./state/checkpoint";
import { assertIntact, summarize } from "./state/damage";
import { findDefects } from "./state/integrity";
import { createStack, readDeployment, removeStack, saltOf, StackState } from "./state/stackState";

/** The location of a stack, which may not exist yet. */
export interface LocatedStack {
    project: ProjectFile;
    backend: FileBackend;
    reference: StackReference;
}

export interface OpenStack extends LocatedStack {
    settings: StackSettings;
    crypter: Crypter;
    state: StackState;
}

/** Finds the project, the backend and the stack; `name` is the value of `--stack`, which messages then repeat in commands. */
export function locateStack(folder: string, name: string | undefined, env: NodeJS.ProcessEnv): LocatedStack {
    const project = loadProject(folder);
    const backend = new FileBackend(backendURL(env, project.backend), folder);
    const current = env.PULUMI_STACK || selectedStack(project, backend, env);
    const selected = name ?? current;
    if (selected === undefined) {
        throw new UserError(
            `no stack selected: pass one with --stack, set PULUMI_STACK, or select one with \`${commandLine("stack select NAME")}\`. ${describeStacks(backend, project.name)}`,
        );
    }
    const reference = parseStackName(selected, project.name);
    if (reference.project !== project.name) {
        throw new UserError(
            `the stack ${selected} belongs to the project "${reference.project}", not to "${project.name}" in ${project.file}.`,
        );
    }
    const isCurrent = selected === current || current === reference.name || current === fullName(reference);
    nameStack(isCurrent ? undefined : reference.name);
    return { project, backend, reference };
}

/** What to do about a stack that does not exist: create it, or open it as an empty one that is not stored. */
export type IfMissing = "fail" | "create" | "openEmpty";

/** Reads the state of a stack that is about to change, and refuses a damaged one. It takes no passphrase, and little time. */
export async function readIntact(located: LocatedStack, ifMissing: IfMissing): Promise<VersionedDeployment> {
    const stored = await readStored(located, ifMissing);
    assertSupported(stored);
    await assertIntact(stored, located.backend, located.reference);
    return stored;
}

async function readStored({ backend, reference }: LocatedStack, ifMissing: IfMissing): Promise<VersionedDeployment> {
    if (backend.hasStack(reference)) return readDeployment(backend, reference);
    if (ifMissing === "fail") throw stackNotFound(backend, reference);
    return { version: 3 };
}

/** Opens the stack with the passphrase from the environment. Does not write the stack settings. */
export async function openStack(
    located: LocatedStack,
    env: NodeJS.ProcessEnv,
    ifMissing: IfMissing,
    {
        settings = StackSettings.load(located.project, located.reference.name),
        stored,
    }: { settings?: StackSettings; stored?: VersionedDeployment } = {},
): Promise<OpenStack> {
    const { backend, reference } = located;
    stored ??= await readStored(located, ifMissing);
    const salt = settings.encryptionSalt ?? saltOf(stored);
    const { crypter, passphrase } = await crypterFor(reference.name, env, salt);
    const state = await StackState.open(backend, reference, stored, crypter, passphrase);
    if (ifMissing === "create" && !backend.hasStack(reference)) {
        await createStack(backend, reference, crypter);
    }
    return { ...located, settings, crypter, state };
}

/** The outputs of another stack on the same backend; undefined if it does not exist. */
export async function readOtherStack(
    from: LocatedStack,
    name: string,
    env: NodeJS.ProcessEnv,
): Promise<PropertyMap | undefined> {
    const other = { ...from, reference: parseStackName(name, from.project.name) };
    return other.backend.hasStack(other.reference) ? readOutputs(other, env, true) : undefined;
}

/** The stack's outputs, secrets wrapped. Without `withSecrets`, secrets are empty and no passphrase is needed. */
export async function readOutputs(
    located: LocatedStack,
    env: NodeJS.ProcessEnv,
    withSecrets: boolean,
): Promise<PropertyMap> {
    const { resources } = withSecrets
        ? (await openState(located, env)).snapshot
        : decodeSnapshot((await readDeployment(located.backend, located.reference)).deployment, () => "null");
    return resources.find(({ type }) => type === STACK_TYPE)?.outputs ?? {};
}

/** Reads the passphrase of the named stack. Without a salt it is new, and so is the crypter. */
async function crypterFor(
    stack: string,
    env: NodeJS.ProcessEnv,
    salt: string | undefined,
): Promise<{ crypter: Crypter; passphrase: string }> {
    const passphrase = await readPassphrase(stack, env, { isNew: salt === undefined });
    const crypter = salt === undefined ? await newCrypter(passphrase) : await openCrypter(stack, passphrase, salt);
    return { crypter, passphrase };
}

/** Opens the state with the salt stored in it. */
async function openState({ project, backend, reference }: LocatedStack, env: NodeJS.ProcessEnv): Promise<StackState> {
    const stored = await readDeployment(backend, reference);
    // A stack of another project can have the name of the own one.
    const label = reference.project === project.name ? reference.name : fullName(reference);
    const { crypter, passphrase } = await crypterFor(label, env, saltOf(stored));
    return StackState.open(backend, reference, stored, crypter, passphrase);
}

/** The deployment as stored on disk; with `showSecrets`, with secrets in plain text. */
export async function exportDeployment(
    located: LocatedStack,
    env: NodeJS.ProcessEnv,
    showSecrets: boolean,
): Promise<VersionedDeployment> {
    const stored = await readDeployment(located.backend, located.reference);
    if (!showSecrets) {
        return stored;
    }
    const { deployment, ...version } = (await openState(located, env)).plainDeployment();
    return {
        ...version,
        deployment: { ...deployment, ...(stored.deployment?.manifest && { manifest: stored.deployment.manifest }) },
    };
}

/**
 * Replaces the state with `imported`, without reading the old one, which may be damaged. Returns warnings about what
 * requires `force`: a state that is damaged, or belongs to another stack.
 */
export async function importDeployment(
    { project, backend, reference }: LocatedStack,
    env: NodeJS.ProcessEnv,
    imported: VersionedDeployment,
    force: boolean,
): Promise<string[]> {
    if (!backend.hasStack(reference)) throw stackNotFound(backend, reference);
    assertSupported(imported);
    const problems = importProblems(imported, reference);
    if (problems.length > 0 && !force) {
        throw new UserError(`nothing was changed. ${problems.join(" ")} Pass --force to import it anyway.`);
    }
    const salt = StackSettings.load(project, reference.name).encryptionSalt ?? saltOf(imported);
    const { crypter, passphrase } = await crypterFor(reference.name, env, salt);
    const state = await StackState.open(backend, reference, imported, crypter, passphrase);
    await state.write(state.snapshot);
    return problems;
}

function importProblems({ deployment }: VersionedDeployment, reference: StackReference): string[] {
    const { resources = [] } = deployment ?? {};
    const problems: string[] = [];
    const prefix = `urn:pulumi:${reference.name}::${reference.project}::`;
    const foreign = resources.find(({ urn }) => urn && !urn.startsWith(prefix));
    if (foreign !== undefined) {
        problems.push(
            `The deployment belongs to another stack: it contains ${foreign.urn}, and this stack is ${fullName(reference)}.`,
        );
    }
    const defects = findDefects(resources);
    if (defects.length > 0) problems.push(`The deployment is damaged: ${summarize(defects)}.`);
    return problems;
}

/** Removes the stack and, unless `keepSettings` is set, its settings file. */
export async function forgetStack(located: LocatedStack, keepSettings: boolean): Promise<void> {
    await removeStack(located.backend, located.reference);
    if (!keepSettings) {
        rmSync(StackSettings.load(located.project, located.reference.name).file, { force: true });
    }
}

/** The stack selected for this project and backend: with `stack select`, or by creating it. */
export function selectedStack(
    project: ProjectFile,
    backend: Pick<FileBackend, "url">,
    env: NodeJS.ProcessEnv,
): string | undefined {
    const { stacks, stack } = readSelection(selectionFile(project, env));
    return stacks?.[backend.url] ?? stack;
}

export function selectStack({ project, backend, reference }: LocatedStack, env: NodeJS.ProcessEnv): void {
    const file = selectionFile(project, env);
    const { stacks } = readSelection(file);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify({ stacks: { ...stacks, [backend.url]: fullName(reference) } }, undefined, 4), {
        mode: 0o600,
    });
}

function selectionFile(project: ProjectFile, env: NodeJS.ProcessEnv): string {
    const hash = createHash("sha1").update(project.file).digest("hex");
    return join(pulumiHome(env), "workspaces", `${project.name}-${hash}-workspace.json`);
}

function readSelection(file: string): { stacks?: Record<string, string>; stack?: string } {
    return existsSync(file)
        ? (JSON.parse(readFileSync(file, "utf8")) as { stacks?: Record<string, string>; stack?: string })
        : {};
}
