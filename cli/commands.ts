/** Which subcommands there are. A new one is a line here and a module that exports `define`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";

/** Adds the options, the arguments and the action to the subcommand's `Command`. An action that fails throws. */
export type RegisterCommand = (command: Command) => void;

interface Entry {
    summary: string;
    load: () => Promise<{ register: RegisterCommand }>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
    up: { summary: "Create or update the resources of a stack", load: () => import("./up.js") },
    preview: { summary: "Show what `up` would change", load: () => import("./preview.js") },
    refresh: { summary: "Bring a stack's state up to date with what is there", load: () => import("./refresh.js") },
    destroy: { summary: "Delete all resources of a stack", load: () => import("./destroy.js") },
    output: { summary: "Print a stack's outputs", load: () => import("./output.js") },
    stack: { summary: "Make, list, select, export, import and remove stacks", load: () => import("./stack.js") },
    state: {
        summary: "Mend a stack's state: forget, rename, protect and unprotect resources",
        load: () => import("./state.js"),
    },
    config: { summary: "Read and set a stack's config", load: () => import("./config.js") },
    import: {
        summary: "Write the file for `pulumi import` of contexts that exist already",
        load: () => import("./import.js"),
    },
    local: { summary: "Run a local AGB, an account on this machine", load: () => import("./local.js") },
    cancel: { summary: "Take away the lock that an interrupted run has left", load: () => import("./cancel.js") },
};

/** Runs `pulumi-agb` with the arguments of this process. */
export async function runCommand(argv: string[]): Promise<void> {
    const program = new Command("pulumi-agb")
        .description("AGB cloud sandboxes under Pulumi, with an engine of its own where there is no pulumi command.")
        .version(version());
    program
        .enablePositionalOptions()
        .exitOverride()
        .configureOutput({ outputError: () => undefined });
    const called = argv.slice(2).find((argument) => argument in COMMANDS);
    for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
        const command = program.command(name).description(summary).exitOverride();
        if (name === called) {
            (await load()).register(command);
        }
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

function version(): string {
    // From dist/cli/ as from cli/, the package's own manifest is the first one upwards.
    for (const folder of ["..", "../.."]) {
        try {
            const manifest = JSON.parse(readFileSync(join(__dirname, folder, "package.json"), "utf8")) as {
                version: string;
            };
            return manifest.version;
        } catch {
            continue;
        }
    }
    return "unknown";
}
