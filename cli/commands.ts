/** The list of subcommands. To add one, add an entry here and a module that exports `register`. */
import { Command, CommanderError } from "commander";
import { nameEmbeddedCommand } from "../common/commandLine";
import type { RegisterCommand } from "./subcommand";
import { EXAMPLES, exampleHelp } from "./examples";
import { packageVersion } from "./ownPackage";
import { isInteractive } from "./readLine";

interface Entry {
    /** The heading in the help of all commands. */
    group: string;
    summary: string;
    alias?: string;
    /** Whether it describes all other subcommands, which are then loaded as well. */
    needsAll?: boolean;
    load: () => Promise<{ register: RegisterCommand }>;
}

const DEPLOYMENT = "Deployment commands:";
const STACKS = "Stack commands:";
const AGB = "AGB commands:";
const OTHER = "Other commands:";

const COMMANDS: Readonly<Record<string, Entry>> = {
    new: { group: DEPLOYMENT, summary: "Create a project from a template", load: () => import("./new.js") },
    up: { group: DEPLOYMENT, summary: "Create or update the resources in a stack", load: () => import("./up.js") },
    preview: {
        group: DEPLOYMENT,
        summary: "Preview the changes that `up` would make",
        load: () => import("./preview.js"),
    },
    refresh: {
        group: DEPLOYMENT,
        summary: "Update a stack's state to match the real resources",
        load: () => import("./refresh.js"),
    },
    destroy: { group: DEPLOYMENT, summary: "Delete all resources in a stack", load: () => import("./destroy.js") },
    keep: {
        group: DEPLOYMENT,
        summary: "Keep the sandboxes of a stack alive: run `up` whenever one is about to end",
        load: () => import("./keep.js"),
    },
    output: { group: DEPLOYMENT, summary: "Print a stack's outputs", load: () => import("./output.js") },
    stack: {
        group: STACKS,
        summary: "Show a stack; create, list, select, export, import and remove stacks",
        load: () => import("./stack.js"),
    },
    config: { group: STACKS, summary: "Read and set a stack's config", load: () => import("./config.js") },
    state: {
        group: STACKS,
        summary: "Edit a stack's state: delete, rename, protect and taint resources, or repair it",
        load: () => import("./state.js"),
    },
    cancel: {
        group: STACKS,
        summary: "Remove the lock that an interrupted run has left behind",
        load: () => import("./cancel.js"),
    },
    import: {
        group: STACKS,
        summary: "Write a file for `pulumi import` that brings existing contexts into a stack",
        load: () => import("./import.js"),
    },
    context: {
        group: AGB,
        summary: "List the contexts of the account and their files; copy and delete files",
        load: () => import("./context.js"),
    },
    session: {
        group: AGB,
        summary: "List the running sessions of the account, run commands in them, and release them",
        load: () => import("./session.js"),
    },
    local: {
        group: AGB,
        summary: "Run a local AGB on this machine; start, stop and reset the one in the background",
        load: () => import("./local.js"),
    },
    whoami: { group: OTHER, summary: "Print the current user of the backend", load: () => import("./whoami.js") },
    version: { group: OTHER, summary: "Print the version", load: () => import("./version.js") },
    "gen-completion": {
        group: OTHER,
        summary: "Print a script that completes the command in a shell",
        alias: "completion",
        needsAll: true,
        load: () => import("./completion.js"),
    },
};

/** Runs `pulumi-agb` with the arguments of this process. */
export async function runCommand(argv: string[]): Promise<void> {
    nameEmbeddedCommand();
    const program = new Command("pulumi-agb")
        .description("Deploy AGB cloud sandboxes with Pulumi programs, with or without the pulumi command")
        .version(packageVersion(), "-V, --version", "Print the version")
        .helpOption("-h, --help", "Print help for a command")
        .commandsGroup(OTHER)
        .helpCommand("help [command]", "Print help for a command")
        .addHelpText("after", () => exampleHelp(""));
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
        const command = program.command(name).description(entry.summary).helpGroup(entry.group).exitOverride();
        if (name in EXAMPLES) command.addHelpText("after", () => exampleHelp(name));
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
            const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
            throw new Error(
                error.code === "commander.excessArguments" ? `${message} Name the stack with --stack.` : message,
            );
        }
    }
}
