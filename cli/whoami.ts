/** The subcommand `whoami`: on a file backend, the user of the operating system. */
import { userInfo } from "node:os";
import { findProjectFile, loadProject } from "../engine/project/project";
import { backendURL, FileBackend } from "../engine/state/backend";
import { cwdOption } from "./options";
import { printJson } from "./print";
import type { RegisterCommand } from "./subcommand";

interface WhoamiFlags {
    cwd: string;
    verbose?: boolean;
    json?: boolean;
}

export const register: RegisterCommand = (command) => {
    command
        .addOption(cwdOption())
        .option("-v, --verbose", "Also print the backend")
        .option("-j, --json", "Print JSON")
        .action(whoami);
};

function whoami({ cwd, verbose, json }: WhoamiFlags): void {
    const project = findProjectFile(cwd) === undefined ? undefined : loadProject(cwd);
    const { url } = new FileBackend(backendURL(process.env, project?.backend), cwd);
    const user = userInfo().username;
    if (json) printJson({ user, url });
    else if (verbose) {
        // A file backend has no organizations, and no tokens of them.
        process.stdout.write(`User: ${user}\nOrganizations: \nBackend URL: ${url}\nToken type: personal\n`);
    } else process.stdout.write(`${user}\n`);
}
