/** The AGB account of a command: that of the stack's config, or of the environment. */
import { commandLine, nameStack } from "../common/commandLine";
import { resolveConfig } from "../engine/project/config";
import { findProjectFile, loadProject, type ProjectFile } from "../engine/project/project";
import { StackSettings } from "../engine/project/stackSettings";
import { selectedStack } from "../engine/stack";
import { backendURL } from "../engine/state/backend";
import { openCrypter, readPassphrase } from "../engine/state/passphrase";
import { UserError } from "../engine/model/userError";
import { AgbClient, settingsProblem } from "../provider/agb";
import { configuredAccount } from "../provider/dynamic/contextImport";
import type { StackFlags } from "./options";

/** The stack to use. `purpose` completes "pass the one". */
export function stackName(project: ProjectFile, stack: string | undefined, purpose: string): string {
    const { env } = process;
    const current = env.PULUMI_STACK || selectedStack(project, { url: backendURL(env, project.backend) }, env);
    const selected = stack ?? current;
    if (selected === undefined) {
        throw new UserError(
            `no stack selected: pass the one ${purpose} with --stack, set PULUMI_STACK, or select one with \`${commandLine("stack select NAME")}\`.`,
        );
    }
    // Other backends also use ORGANIZATION/PROJECT/STACK.
    const name = lastPart(selected);
    nameStack(current !== undefined && lastPart(current) === name ? undefined : name);
    return name;
}

const lastPart = (stack: string): string => stack.slice(stack.lastIndexOf("/") + 1);

/** The config of the stack. Empty if only the `pulumi` command can read it and the environment has an account. */
export async function stackConfig(project: ProjectFile, stack: string): Promise<ReadonlyMap<string, string>> {
    try {
        const { config: stored, encryptionSalt, hasSecrets } = StackSettings.load(project, stack);
        const crypter =
            hasSecrets && encryptionSalt !== undefined
                ? await openCrypter(stack, await readPassphrase(stack, process.env), encryptionSalt)
                : { decrypt: unreadable };
        return resolveConfig({ ...project, config: {} }, stack, stored, crypter).config;
    } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const hint =
            'Set the account in the environment: AGB_API_KEY="$(pulumi config get agb:apiKey)", and AGB_ENDPOINT if the stack sets one.';
        if (settingsProblem({}) !== undefined) {
            throw new UserError(`the stack's config cannot be read: ${error.message} ${hint}`);
        }
        process.stderr.write(
            `Using the account in the environment, because the stack's config cannot be read: ${error.message}\n`,
        );
        return new Map();
    }
}

function unreadable(): never {
    throw new Error("the stack has no encryption salt.");
}

/** A stack, as the labels of its sessions name it. */
export interface StackOfSessions {
    project: string;
    stack: string;
}

/** Connects to the account of the stack, or outside a project to that of the environment. */
export async function withAccount<T>(
    flags: StackFlags,
    use: (agb: AgbClient, config: ReadonlyMap<string, string>, stack: StackOfSessions | undefined) => Promise<T>,
): Promise<T> {
    const { config, stack } = await configOf(flags);
    const agb = await AgbClient.connect(configuredAccount(config));
    try {
        return await use(agb, config, stack);
    } finally {
        await agb.close();
    }
}

async function configOf(flags: StackFlags) {
    const { cwd } = flags;
    if (flags.stack === undefined && findProjectFile(cwd) === undefined) return { config: new Map<string, string>() };
    const project = loadProject(cwd);
    const stack = stackName(project, flags.stack, "whose account to use");
    return { config: await stackConfig(project, stack), stack: { project: project.name, stack } };
}
