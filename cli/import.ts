/** `pulumi-agb import`: the file by which `pulumi import` brings contexts under a stack that exist already, and the program text for them. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { resolveConfig } from "../engine/project/config";
import { loadProject, type ProjectFile } from "../engine/project/project";
import { StackSettings } from "../engine/project/stackSettings";
import { selectedStack } from "../engine/stack";
import { backendURL } from "../engine/state/backend";
import { openCrypter, readPassphrase } from "../engine/state/passphrase";
import { UserError } from "../engine/model/userError";
import { AgbClient, settingsProblem, type AgbSettingsSource, type WireContext } from "../provider/agb";
import { agbConfig } from "../provider/handlers/config";
import { PROVIDER_KEY, providerFactorySource, typeToken } from "../provider/dynamic/identifiers";
import { Account, nullReporter } from "../provider/handlers/account";
import { contextHandlers } from "../provider/handlers/context";
import type { RegisterCommand } from "./commands";
import { stackOptions, type StackFlags } from "./options";

interface ImportFlags extends StackFlags {
    out: string;
}

export const register: RegisterCommand = (command) => {
    stackOptions(command)
        .argument("<name-or-id...>", "contexts of the account")
        .option("-o, --out <file>", "the file to write", "import.json")
        .action(writeImport);
};

async function writeImport(wanted: string[], flags: ImportFlags): Promise<void> {
    const project = loadProject(flags.cwd);
    const stack = stackName(project, flags);
    const agb = await AgbClient.connect(await settingsOf(project, stack));
    try {
        const contexts = await find(agb, wanted);
        const account = new Account(agb, nullReporter, {}, []);
        const resources = await Promise.all(
            contexts.map((context) => importSpec(context, { project: project.name, stack }, account)),
        );
        write(resolve(flags.cwd, flags.out), `${JSON.stringify({ resources }, undefined, 4)}\n`);
        process.stdout.write(instructions(contexts, flags.out));
    } finally {
        await agb.close();
    }
}

/** One resource as `pulumi import --file` takes it: with inputs and outputs given, it is not read, which no dynamic resource can be. */
async function importSpec(
    { id, name }: WireContext,
    stack: { project: string; stack: string },
    account: Account,
): Promise<object> {
    const found = await contextHandlers.read({ id, state: { __origin: { ...stack, name, parents: [] } }, account });
    if (!found) throw new UserError(`The context "${name}" (${id}) is gone: somebody has deleted it just now.`);
    const provider = { [PROVIDER_KEY]: providerFactorySource("context") };
    return {
        type: typeToken("Context"),
        name,
        id,
        inputs: { ...found.inputs, ...provider },
        outputs: { ...found.state, ...provider },
    };
}

/** The contexts in the order in which they are named, each once. */
async function find(agb: AgbClient, wanted: string[]): Promise<WireContext[]> {
    const listed = [];
    for await (const context of agb.listContexts()) listed.push(context);
    const found = new Set<WireContext>();
    for (const text of wanted) {
        const context = listed.find(({ id }) => id === text) ?? listed.find(({ name }) => name === text);
        if (!context) throw await notFound(agb, text);
        found.add(context);
    }
    return [...found];
}

async function notFound(agb: AgbClient, text: string): Promise<UserError> {
    const isSession = await agb.getSession(text).then(
        () => true,
        () => false,
    );
    if (isSession)
        return new UserError(
            `"${text}" is a session. Sessions are not imported, since AGB does not tell their image and policies: refer to it with agb.Session.get("NAME", "${text}"), or declare a new one.`,
        );
    return new UserError(
        `The account has no context with the name or id "${text}". Check it, and whether agb:apiKey and agb:endpoint name the right account.`,
    );
}

function stackName(project: ProjectFile, flags: ImportFlags): string {
    const { env } = process;
    const selected =
        flags.stack ?? (env.PULUMI_STACK || selectedStack(project, { url: backendURL(env, project.backend) }, env));
    if (selected === undefined)
        throw new UserError(
            `no stack selected: name the one that is to have the contexts with --stack, set PULUMI_STACK, or choose one with "pulumi stack select".`,
        );
    // On other backends, too: ORGANIZATION/PROJECT/STACK.
    return selected.slice(selected.lastIndexOf("/") + 1);
}

/** The account of the stack. Where its config can be read by the `pulumi` command alone, the environment has to name the account. */
async function settingsOf(project: ProjectFile, stack: string): Promise<AgbSettingsSource> {
    try {
        const { config: stored, encryptionSalt, hasSecrets } = StackSettings.load(project, stack);
        const crypter =
            hasSecrets && encryptionSalt !== undefined
                ? await openCrypter(readPassphrase(process.env), encryptionSalt)
                : { decrypt: unreadable };
        const { config } = resolveConfig({ ...project, config: {} }, stack, stored, crypter);
        return agbConfig((key) => config.get(key));
    } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const advice =
            'Give the account in the environment: AGB_API_KEY="$(pulumi config get agb:apiKey)", and AGB_ENDPOINT where the stack sets one.';
        if (settingsProblem({}) !== undefined)
            throw new UserError(`The stack's config cannot be read: ${error.message} ${advice}`);
        process.stderr.write(
            `Using the account of the environment, since the stack's config cannot be read: ${error.message}\n`,
        );
        return {};
    }
}

function unreadable(): never {
    throw new Error("the key is not here");
}

function write(file: string, text: string): void {
    try {
        writeFileSync(file, text, { flag: "wx" });
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new UserError(
            code === "EEXIST"
                ? `${file} exists already. Remove it, or name another file with --out.`
                : `${file} cannot be written (${code ?? String(error)}). Name another file with --out.`,
        );
    }
}

function instructions(contexts: WireContext[], file: string): string {
    return [
        `Wrote ${file}. First paste this into the program:`,
        "",
        'import * as agb from "pulumi-agb";',
        "",
        ...contexts.map(({ name }) => `new agb.Context(${JSON.stringify(name)}, { name: ${JSON.stringify(name)} });`),
        "",
        "Then import with pulumi 3.254 or later, and see that nothing changes:",
        "",
        `pulumi import --file ${file} --generate-code=false --protect=false`,
        "pulumi preview --expect-no-changes",
        "",
        "From then on they belong to the stack: destroying it deletes those that hold no files. Without the pulumi command, declare them with adopt: true instead.",
        "",
    ].join("\n");
}
