/** The subcommand `session`: lists the running sessions of an account, runs commands in them, and releases one that no stack contains. */
import { UserError } from "../engine/model/userError";
import { endSession, findRunning, listRunning, type RunningSession } from "../provider/handlers/session/running";
import { withAccount } from "./account";
import { confirmEffects } from "./confirm";
import type { StackFlags } from "./options";
import { printJson, printTable } from "./print";
import { sessionNamed } from "./sessionArgument";
import { registerExec } from "./sessionExec";
import { addStackSubcommand, type RegisterCommand } from "./subcommand";

interface ListFlags extends StackFlags {
    json?: boolean;
}

interface ReleaseFlags extends StackFlags {
    upload?: boolean;
    yes?: boolean;
}

export const register: RegisterCommand = (command) => {
    addStackSubcommand(command, "list", "Print all running sessions in the account")
        .alias("ls")
        .option("-j, --json", "Print JSON")
        .action(list);
    registerExec(addStackSubcommand(command, "exec", "Run a command in a session, with its output and its exit code"));
    addStackSubcommand(command, "release", "Release a session, and wait until it is gone")
        .argument("<session>", "The id of a session, or the name of its resource")
        .option("--upload", "Replace files in the contexts with those of the session, instead of keeping them")
        .option("-y, --yes", "Release without confirmation")
        .action(release);
};

async function list(flags: ListFlags): Promise<void> {
    const sessions = await withAccount(flags, (agb) => listRunning(agb));
    if (flags.json) {
        printJson(sessions.map(({ id, project, stack, name, mounts }) => ({ id, project, stack, name, mounts })));
    } else if (sessions.length === 0) {
        process.stdout.write("No running sessions.\n");
    } else {
        printTable([
            ["ID", "PROJECT", "STACK", "NAME", "MOUNTS"],
            ...sessions.map(({ id, project = "", stack = "", name = "", mounts }) => [
                id,
                project,
                stack,
                name,
                mounts.map(({ contextId, path }) => `${contextId} at ${path}`).join(", "),
            ]),
        ]);
    }
}

async function release(idOrName: string, flags: ReleaseFlags): Promise<void> {
    await withAccount(flags, async (agb, config, stack) => {
        const id = await sessionNamed(agb, idOrName, stack);
        const session = await findRunning(agb, id);
        if (!session) throw new UserError(`session ${id} has ended meanwhile.`);
        const upload = flags.upload === true;
        if (!(await confirmEffects("release", "released", plan(session, upload), flags.yes))) return;
        await endSession(agb, session, { upload, config, reporter });
        process.stdout.write(`Session ${id} released\n`);
    });
}

/** Describes what the release does to each folder of a context. */
function plan({ id, project, stack, name, uploads }: RunningSession, upload: boolean): string {
    const owner =
        name === undefined ? "" : `, created for "${name}" in stack ${stack ?? "?"} of project ${project ?? "?"}`;
    const effects = uploads.map(({ contextId, path }) =>
        upload
            ? `  ${path} of context ${contextId}: becomes what the session has there; newer files in the context are replaced`
            : `  ${path} of context ${contextId}: keeps its files; files that only the session has are added`,
    );
    if (effects.length === 0) effects.push("  AGB lists no mount that it would upload.");
    return `${[`This releases session ${id}${owner}.`, ...effects].join("\n")}\n`;
}

/** Standard output contains only results. */
const printLine = (line: string) => void process.stderr.write(`${line}\n`);
const reporter = { status: () => undefined, milestone: printLine, info: printLine, warn: printLine };
