/** The list of subcommands. To add one, add an entry here and a module that exports `register`. */
import { Command, CommanderError } from "commander";
import { nameEmbeddedCommand } from "../common/commandName";
import type { RegisterCommand } from "./subcommand";
import { packageVersion } from "./ownPackage";
import { isInteractive } from "./readLine";

interface Entry {
    summary: string;
    alias?: string;
    /** Whether it describes all other subcommands, which are then loaded as well. */
    needsAll?: boolean;
    load: () => Promise<{ register: RegisterCommand }>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
    new: { summary: "Create a project from a template", load: () => import("./new.js") },
    up: { summary: "Create or update the resources in a stack", load: () => import("./up.js") },
    preview: { summary: "Preview the changes that `up` would make", load: () => import("./preview.js") },
    refresh: { summary: "Update a stack's state to match the real resources", load: () => import("./refresh.js") },
    destroy: { summary: "Delete all resources in a stack", load: () => import("./destroy.js") },
    output: { summary: "Print a stack's outputs", load: () => import("./output.js") },
    stack: {
        summary: "Show a stack; create, list, select, export, import and remove stacks",
        load: () => import("./stack.js"),
    },
    state: {
        summary: "Edit a stack's state: delete, rename, protect and taint resources, or repair it",
        load: () => import("./state.js"),
    },
    config: { summary: "Read and set a stack's config", load: () => import("./config.js") },
    import: {
        summary: "Write a file for `pulumi import` that brings existing contexts into a stack",
        load: () => import("./import.js"),
    },
    session: {
        summary: "List and release the running sessions of the account, even if no stack contains them",
        load: () => import("./session.js"),
    },
    local: { summary: "Run a local AGB on this machine", load: () => import("./local.js") },
    whoami: { summary: "Print the current user of the backend", load: () => import("./whoami.js") },
    version: { summary: "Print the version", load: () => import("./version.js") },
    "gen-completion": {
        summary: "Print a script that completes the command in a shell",
        alias: "completion",
        needsAll: true,
        load: () => import("./completion.js"),
    },
    cancel: { summary: "Remove the lock that an interrupted run has left behind", load: () => import("./cancel.js") },
};

/** Runs `pulumi-agb` with the arguments of this process. */
export async function runCommand(argv: string[]): Promise<void> {
    nameEmbeddedCommand();
    const program = new Command("pulumi-agb")
        .description("Deploy AGB cloud sandboxes with Pulumi programs, with or without the pulumi command")
        .version(packageVersion(), "-V, --version", "Print the version")
        .helpOption("-h, --help", "Print help for a command")
        .helpCommand("help [command]", "Print help for a command");
    program
        .enablePositionalOptions()
        .exitOverride()
        .configureOutput({ outputError: () => undefined });
    program.hook("preAction", async (_program, action) => {
        if (!isInteractive(action.opts())) return;
        const { askForPassphrase } = await import("../engine/state/passphrase.js");
        askForPassphrase((await import("./askPassphrase.js")).askPassphrase);
    });
    const entries = Object.entries(COMMANDS);
    const [called] = argv
        .slice(2)
        .flatMap((argument) => entries.filter(([name, { alias }]) => argument === name || argument === alias));
    for (const [name, entry] of entries) {
        const command = program.command(name).description(entry.summary).exitOverride();
        if (entry.alias !== undefined) command.alias(entry.alias);
        if (called?.[0] === name || called?.[1].needsAll) (await entry.load()).register(command);
    }
    try {
        await program.parseAsync(argv);
    } catch (error) {
        if (!(error instanceof CommanderError)) {
            throw error;
        }
        process.exitCode = error.exitCode;
        if (error.exitCode !== 0 && error.code !== "commander.help") {
            throw new Error(error.message.replace(/^error: /, "").replaceAll("\n", " "));
        }
    }
}
