/** The subcommand `stack`: manages the stacks of a project. */
import { forgetStack, locateStack, openStack, selectedStack, selectStack, type LocatedStack } from "../engine/stack";
import { loadProject } from "../engine/project/project";
import { backendURL, FileBackend, fullName } from "../engine/state/backend";
import { stackNotFound } from "../engine/state/knownStacks";
import { StackLock } from "../engine/state/lock";
import { readDeployment } from "../engine/state/stackState";
import { UserError } from "../engine/model/userError";
import type { StackFlags } from "./options";
import { register as registerOutput } from "./output";
import { printJson, printTable } from "./print";
import { registerHistory } from "./stackHistory";
import { registerInfo } from "./stackInfo";
import { registerTransfer } from "./stackTransfer";
import { addStackSubcommand, type RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    addStackSubcommand(command, "init [name]", "Create an empty stack and select it").action(init);
    addStackSubcommand(command, "select [name]", "Select the stack that commands use")
        .option("-c, --create", "Create the stack if it does not exist")
        .action(select);
    addStackSubcommand(command, "ls", "List the project's stacks")
        .option("-j, --json", "Print JSON")
        .option("-a, --all", "List the stacks of all projects")
        .action(list);
    addStackSubcommand(command, "rm [name]", "Remove an empty stack")
        .option("-y, --yes", "Confirm the removal")
        .option("-f, --force", "Remove the stack even if it still has resources")
        .option("--preserve-config", "Keep the stack's settings file")
        .action(remove);
    registerHistory(command);
    registerOutput(command.command("output").description("Print a stack's outputs"));
    registerTransfer(command);
    registerInfo(command);
};

async function init(name: string | undefined, flags: StackFlags): Promise<void> {
    const located = locateNamed(name, flags);
    if (located.backend.hasStack(located.reference)) {
        throw new UserError(`stack '${fullName(located.reference)}' already exists`);
    }
    await create(located);
    selectStack(located, process.env);
    process.stdout.write(`Created stack '${located.reference.name}'\n`);
}

async function create(located: LocatedStack): Promise<void> {
    const { settings, crypter } = await openStack(located, process.env, "create");
    if (settings.encryptionSalt === undefined) {
        settings.setEncryptionSalt(crypter.salt);
    }
    settings.save();
}

async function select(name: string | undefined, flags: StackFlags & { create?: boolean }): Promise<void> {
    const located = locateNamed(name, flags);
    if (!located.backend.hasStack(located.reference)) {
        if (!flags.create) throw stackNotFound(located.backend, located.reference);
        await create(located);
    }
    selectStack(located, process.env);
}

async function list(flags: StackFlags & { json?: boolean; all?: boolean }): Promise<void> {
    const project = loadProject(flags.cwd);
    const backend = new FileBackend(backendURL(process.env, project.backend), flags.cwd);
    const selected = process.env.PULUMI_STACK || selectedStack(project, backend, process.env);
    const stacks = await Promise.all(
        backend.listStacks(flags.all ? undefined : project.name).map(async (reference) => {
            const { deployment } = await readDeployment(backend, reference);
            const own = reference.project === project.name;
            return {
                name: own ? reference.name : fullName(reference),
                current: selected === fullName(reference) || (own && selected === reference.name),
                ...(deployment?.resources?.length && { lastUpdate: deployment.manifest?.time }),
                resourceCount: deployment?.resources?.length ?? 0,
            };
        }),
    );
    if (flags.json) {
        printJson(stacks);
        return;
    }
    printTable([
        ["NAME", "LAST UPDATE", "RESOURCE COUNT"],
        ...stacks.map(({ name, current, lastUpdate, resourceCount }) => [
            `${name}${current ? "*" : ""}`,
            lastUpdate ?? "n/a",
            String(resourceCount),
        ]),
    ]);
}

async function remove(
    name: string | undefined,
    flags: StackFlags & { yes?: boolean; force?: boolean; preserveConfig?: boolean },
): Promise<void> {
    const located = locateStack(flags.cwd, name ?? flags.stack, process.env);
    const { backend, reference } = located;
    const { deployment } = await readDeployment(backend, reference);
    const remaining = (deployment?.resources ?? []).filter(({ type }) => type !== "pulumi:pulumi:Stack");
    if (remaining.length > 0 && !flags.force) {
        throw new UserError(
            `'${reference.name}' still has resources; removal rejected. Destroy them first, or pass --force to remove the stack without deleting them.`,
        );
    }
    if (!flags.yes) {
        throw new UserError(
            `this permanently removes the stack '${reference.name}' and its history. To confirm, pass --yes.`,
        );
    }
    const lock = await StackLock.acquire(backend, reference);
    try {
        await forgetStack(located, flags.preserveConfig === true);
    } finally {
        await lock.release();
    }
    process.stdout.write(`Stack '${reference.name}' has been removed!\n`);
}

function locateNamed(name: string | undefined, flags: StackFlags): LocatedStack {
    const stack = name ?? flags.stack;
    if (stack === undefined) {
        throw new UserError("the name of the stack is missing. Pass it as an argument, or with --stack.");
    }
    return locateStack(flags.cwd, stack, process.env);
}
