/** The subcommand `import`: writes the file with which `pulumi import` brings existing contexts into a stack. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { collect } from "../common/collect";
import { errorMessage } from "../common/errorMessage";
import { loadProject } from "../engine/project/project";
import { UserError } from "../engine/model/userError";
import { AgbClient, type WireContext } from "../provider/agb";
import { configuredAccount, contextImport, type ImportSpec } from "../provider/dynamic/contextImport";
import { stackConfig, stackName } from "./account";
import { byIdOrName } from "./contextArgument";
import { stackOptions, type StackFlags } from "./options";
import type { RegisterCommand } from "./subcommand";

interface ImportFlags extends StackFlags {
    out: string;
}

export const register: RegisterCommand = (command) => {
    stackOptions(command)
        .argument("<name-or-id...>", "The names or ids of contexts in the account")
        .option("-o, --out <file>", "The file to write", "import.json")
        .action(writeImport);
};

async function writeImport(namesOrIds: string[], flags: ImportFlags): Promise<void> {
    const project = loadProject(flags.cwd);
    const stack = stackName(project, flags.stack, "to import into");
    const agb = await AgbClient.connect(configuredAccount(await stackConfig(project, stack)));
    try {
        const contexts = await findContexts(agb, namesOrIds);
        const target = { project: project.name, stack };
        const resources = await Promise.all(contexts.map((context) => importSpec(agb, context, target)));
        writeNewFile(resolve(flags.cwd, flags.out), `${JSON.stringify({ resources }, undefined, 4)}\n`);
        process.stdout.write(instructions(contexts, flags.out));
    } finally {
        await agb.close();
    }
}

async function importSpec(
    agb: AgbClient,
    context: WireContext,
    target: { project: string; stack: string },
): Promise<ImportSpec> {
    const spec = await contextImport(agb, context, target);
    if (!spec) {
        throw new UserError(
            `the context "${context.name}" (${context.id}) no longer exists: it has just been deleted.`,
        );
    }
    return spec;
}

/** Finds contexts by name or id, in the given order and without duplicates. */
async function findContexts(agb: AgbClient, namesOrIds: string[]): Promise<WireContext[]> {
    const listed = await collect(agb.listContexts());
    const found = new Set<WireContext>();
    for (const text of namesOrIds) {
        const context = byIdOrName(listed, text);
        if (!context) throw await notFoundError(agb, text);
        found.add(context);
    }
    return [...found];
}

async function notFoundError(agb: AgbClient, text: string): Promise<UserError> {
    const isSession = await agb.getSession(text).then(
        () => true,
        () => false,
    );
    if (isSession) {
        return new UserError(
            `"${text}" is a session. Sessions cannot be imported, because AGB does not return their image and policies. Refer to it with agb.Session.get("NAME", "${text}"), or declare a new one.`,
        );
    }
    return new UserError(
        `the account has no context with the name or id "${text}". Check the spelling, and that agb:apiKey and agb:endpoint belong to the right account.`,
    );
}

function writeNewFile(file: string, text: string): void {
    try {
        writeFileSync(file, text, { flag: "wx" });
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new UserError(
            code === "EEXIST"
                ? `${file} already exists. Remove it, or choose another file with --out.`
                : `${file} cannot be written (${code ?? errorMessage(error)}). Choose another file with --out.`,
        );
    }
}

function instructions(contexts: WireContext[], file: string): string {
    return [
        `Wrote ${file}. First, add this to the program:`,
        "",
        'import * as agb from "pulumi-agb";',
        "",
        ...contexts.map(({ name }) => `new agb.Context(${JSON.stringify(name)}, { name: ${JSON.stringify(name)} });`),
        "",
        "Then import with pulumi 3.254 or later, and check that nothing changes:",
        "",
        `pulumi import --file ${file} --generate-code=false --protect=false`,
        "pulumi preview --expect-no-changes",
        "",
        "From then on, the contexts belong to the stack: destroying it deletes those that contain no files. Without the pulumi command, declare them with adopt: true instead.",
        "",
    ].join("\n");
}
