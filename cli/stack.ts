/** `pulumi-agb stack`: the stacks of a project. */
import type { Command } from "commander";
import { forgetStack, locateStack, openStack, selectedStack, selectStack, type LocatedStack } from "../engine/stack";
import { loadProject } from "../engine/project/project";
import { backendURL, FileBackend, fullName } from "../engine/state/backend";
import { StackLock } from "../engine/state/lock";
import { readDeployment } from "../engine/state/stackState";
import { STACK_NOT_FOUND, UserError } from "../engine/model/userError";
import type { RegisterCommand } from "./commands";
import { stackOptions, type StackFlags } from "./options";
import { register as defineOutput } from "./output";
import { define as defineTransfer } from "./stackTransfer";

export const register: RegisterCommand = (command) => {
    subcommand(command, "init [name]", "Make an empty stack and select it").action(init);
    subcommand(command, "select [name]", "Select the stack that commands work on")
        .option("-c, --create", "make it where it does not exist")
        .action(select);
    subcommand(command, "ls", "List the project's stacks")
        .option("-j, --json", "print JSON")
        .option("-a, --all", "the stacks of all projects")
        .action(list);
    subcommand(command, "rm [name]", "Remove an empty stack")
        .option("-y, --yes", "do not ask")
        .option("-f, --force", "also one that still has resources")
        .option("--preserve-config", "keep the stack's settings file")
        .action(remove);
    defineOutput(command.command("output").description("Print a stack's outputs"));
    defineTransfer(command);
};

function subcommand(command: Command, usage: string, summary: string): Command {
    return stackOptions(command.command(usage).description(summary));
}

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
    const { settings, crypter } = await openStack(located, process.env, true);
    if (settings.encryptionSalt === undefined) {
        settings.setEncryptionSalt(crypter.salt);
    }
    settings.save();
}

async function select(name: string | undefined, flags: StackFlags & { create?: boolean }): Promise<void> {
    const located = locateNamed(name, flags);
    if (!located.backend.hasStack(located.reference)) {
        if (!flags.create) {
            throw new UserError(`no stack named '${located.reference.name}' found`, STACK_NOT_FOUND);
        }
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
        process.stdout.write(`${JSON.stringify(stacks, undefined, 2)}\n`);
        return;
    }
    const rows = [
        ["NAME", "LAST UPDATE", "RESOURCE COUNT"],
        ...stacks.map(({ name, current, lastUpdate, resourceCount }) => [
            `${name}${current ? "*" : ""}`,
            lastUpdate ?? "n/a",
            String(resourceCount),
        ]),
    ];
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    process.stdout.write(
        rows
            .map(
                ([name = "", update = "", count = ""]) =>
                    `${name.padEnd(widths[0] ?? 0)}  ${update.padEnd(widths[1] ?? 0)}  ${count}\n`,
            )
            .join(""),
    );
}

async function remove(
    name: string | undefined,
    flags: StackFlags & { yes?: boolean; force?: boolean; preserveConfig?: boolean },
): Promise<void> {
    const located = locateStack(flags.cwd, name ?? flags.stack, process.env);
    const { backend, reference } = located;
    const { deployment } = await readDeployment(backend, reference);
    const held = (deployment?.resources ?? []).filter(({ type }) => type !== "pulumi:pulumi:Stack");
    if (held.length > 0 && !flags.force) {
        throw new UserError(
            `'${reference.name}' still has resources; removal rejected. Destroy them first, or give --force to forget them without deleting them.`,
        );
    }
    if (!flags.yes) {
        throw new UserError(
            `This removes the stack '${reference.name}' and its history for good: give --yes to do it.`,
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
    const chosen = name ?? flags.stack;
    if (chosen === undefined) {
        throw new UserError("Name the stack.");
    }
    return locateStack(flags.cwd, chosen, process.env);
}
