/** A stack on the file backend, found and opened for a command. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadProject, type ProjectFile } from "./project/project";
import { StackSettings } from "./project/stackSettings";
import { backendURL, FileBackend, fullName, parseStackName, pulumiHome, type StackReference } from "./state/backend";
import { newCrypter, openCrypter, readPassphrase, type Crypter } from "./state/passphrase";
import { decodeSnapshot, type VersionedDeployment } from "./state/checkpoint";
import { createStack, readDeployment, removeStack, saltOf, StackState } from "./state/stackState";
import type { PropertyMap } from "./model/types";
import { STACK_NOT_FOUND, UserError } from "./model/userError";

/** Where a stack is, whether it exists or not. */
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

/** Finds project, backend and stack; `name` is what --stack says. */
export function locateStack(folder: string, name: string | undefined, env: NodeJS.ProcessEnv): LocatedStack {
    const project = loadProject(folder);
    const backend = new FileBackend(backendURL(env, project.backend), folder);
    const selected = name ?? (env.PULUMI_STACK || selectedStack(project, backend, env));
    if (selected === undefined) {
        const known = backend.listStacks(project.name).map((stack) => stack.name);
        const choice =
            known.length > 0
                ? `The project has: ${known.join(", ")}.`
                : 'The project has none yet: "pulumi-agb up --stack NAME" makes it.';
        throw new UserError(
            `no stack selected: name one with --stack, set PULUMI_STACK, or choose one with "pulumi-agb stack select". ${choice}`,
        );
    }
    const reference = parseStackName(selected, project.name);
    if (reference.project !== project.name) {
        throw new UserError(
            `The stack ${selected} belongs to the project "${reference.project}", not to "${project.name}" of ${project.file}.`,
        );
    }
    return { project, backend, reference };
}

/** Opens the stack with the passphrase of the environment. Without `create`, one that does not exist is an error; nothing is written to the settings. */
export async function openStack(
    located: LocatedStack,
    env: NodeJS.ProcessEnv,
    create: boolean,
    settings = StackSettings.load(located.project, located.reference.name),
): Promise<OpenStack> {
    const { backend, reference } = located;
    const exists = backend.hasStack(reference);
    if (!exists && !create) {
        throw new UserError(
            `no stack named '${reference.name}' found: make it with "pulumi-agb up --stack ${reference.name}" or "pulumi-agb stack init ${reference.name}".`,
            STACK_NOT_FOUND,
        );
    }
    const stored = exists ? await readDeployment(backend, reference) : { version: 3 };
    const passphrase = readPassphrase(env);
    const salt = settings.encryptionSalt ?? saltOf(stored);
    const crypter = salt === undefined ? await newCrypter(passphrase) : await openCrypter(passphrase, salt);
    const state = await StackState.open(backend, reference, stored, crypter, passphrase);
    if (!exists) {
        await createStack(backend, reference, crypter);
    }
    return { ...located, settings, crypter, state };
}

/** The outputs of another stack of the same backend; undefined where there is no such stack. */
export async function readOtherStack(
    from: LocatedStack,
    name: string,
    env: NodeJS.ProcessEnv,
): Promise<PropertyMap | undefined> {
    const other = { ...from, reference: parseStackName(name, from.project.name) };
    return other.backend.hasStack(other.reference) ? readOutputs(other, env, true) : undefined;
}

/** The stack's outputs, secrets wrapped. Only who wants to see those needs the passphrase; else they are empty. */
export async function readOutputs(
    located: LocatedStack,
    env: NodeJS.ProcessEnv,
    withSecrets: boolean,
): Promise<PropertyMap> {
    const { resources } = withSecrets
        ? (await openState(located, env)).snapshot
        : decodeSnapshot((await readDeployment(located.backend, located.reference)).deployment, () => "null");
    return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

/** Opens the state with the salt that it has itself. */
async function openState({ backend, reference }: LocatedStack, env: NodeJS.ProcessEnv): Promise<StackState> {
    const stored = await readDeployment(backend, reference);
    const passphrase = readPassphrase(env);
    const salt = saltOf(stored);
    const crypter = salt === undefined ? await newCrypter(passphrase) : await openCrypter(passphrase, salt);
    return StackState.open(backend, reference, stored, crypter, passphrase);
}

/** The deployment as it is on disk; with `showSecrets`, its secrets in plain text. */
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

/** Replaces the state by `imported`, once it is known to be this stack's. */
export async function importDeployment(
    stack: OpenStack,
    env: NodeJS.ProcessEnv,
    imported: VersionedDeployment,
    force: boolean,
): Promise<void> {
    const { project, name } = stack.reference;
    const prefix = `urn:pulumi:${name}::${project}::`;
    const foreign = imported.deployment?.resources?.find(({ urn }) => !urn.startsWith(prefix));
    if (foreign !== undefined && !force) {
        throw new UserError(
            `The deployment belongs to another stack: it holds ${foreign.urn}, and this is ${fullName(stack.reference)}. Give --force to import it nevertheless.`,
        );
    }
    const { snapshot } = await StackState.open(
        stack.backend,
        stack.reference,
        imported,
        stack.crypter,
        readPassphrase(env),
    );
    await stack.state.save(snapshot);
}

/** Removes the stack, and its settings file unless they are to stay. */
export async function forgetStack(located: LocatedStack, keepSettings: boolean): Promise<void> {
    await removeStack(located.backend, located.reference);
    if (!keepSettings) {
        rmSync(StackSettings.load(located.project, located.reference.name).file, { force: true });
    }
}

/** The stack that `pulumi stack select` has chosen for this project on this backend. */
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
