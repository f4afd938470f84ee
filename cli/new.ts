/** The subcommand `new`: writes a project from a template into an empty folder, and installs its packages. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { nearestWord } from "../common/nearestWord";
import { UserError } from "../engine/model/userError";
import { isProjectName, PROJECT_NAME_RULE } from "../engine/project/project";
import { isOnPath } from "./onPath";
import { isInteractive, readLine } from "./readLine";
import type { RegisterCommand } from "./subcommand";
import { templates, WITH_PULUMI, writeProject, type Template } from "./templates";

interface NewFlags {
    name?: string;
    dir: string;
    yes?: boolean;
    force?: boolean;
}

/** How many entries of a folder a message names. */
const MAX_NAMED = 5;

export const register: RegisterCommand = (command) => {
    command
        .argument("[template]", "The template; without it, a terminal shows the choice")
        .option("-n, --name <name>", "The name of the project (default: the name of the folder)")
        .option("--dir <folder>", "The folder to write to, which is created if it does not exist", ".")
        .option("-y, --yes", "Do not ask, and use the defaults")
        .option("-f, --force", "Write to the folder even if it is not empty, and replace files of the same name")
        .addHelpText("after", () => `\nTemplates:\n${templates().map(describe).join("\n")}`)
        .action(create);
};

async function create(templateName: string | undefined, flags: NewFlags): Promise<void> {
    const folder = resolve(flags.dir);
    if (!flags.force) assertEmpty(folder);
    const template = find(templateName ?? (await ask(flags)));
    const name = projectName(flags.name, folder, template);
    writeProject(folder, template, name);
    install(folder);
    process.stdout.write(nextSteps(folder, template, name));
}

function assertEmpty(folder: string): void {
    if (!existsSync(folder)) return;
    if (!statSync(folder).isDirectory()) {
        throw new UserError(`${folder} is a file. Pass the path of an empty folder with --dir.`);
    }
    // A repository that was just created is empty.
    const entries = readdirSync(folder).filter((entry) => entry !== ".git");
    if (entries.length === 0) return;
    const others = entries.length - MAX_NAMED;
    const listed = `${entries.slice(0, MAX_NAMED).join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
    throw new UserError(
        `${folder} is not empty: it contains ${listed}. Run the command in an empty folder, pass the path of one with --dir, or write to this one with --force.`,
    );
}

/** The user's choice on a terminal. */
async function ask(flags: NewFlags): Promise<string> {
    const all = templates();
    if (flags.yes || !isInteractive()) {
        throw new UserError(
            `the template is missing: pass one of ${names(all)}, as in \`npx pulumi-agb new ${all[0]?.name ?? ""}\`.`,
        );
    }
    process.stdout.write(`Templates:\n${all.map(describe).join("\n")}\n`);
    const choice = await readLine(`Template (${all[0]?.name ?? ""}): `);
    if (choice === undefined) throw new UserError("no template was chosen");
    return choice || (all[0]?.name ?? "");
}

function find(name: string): Template {
    const all = templates();
    const found = all.find((template) => template.name === name);
    if (found !== undefined) return found;
    const near = nearestWord(
        name,
        all.map((template) => template.name),
    );
    const suggestion = near === undefined ? "." : `; did you mean "${near}"?`;
    throw new UserError(`"${name}" is not a template${suggestion} The templates are ${names(all)}.`);
}

function projectName(given: string | undefined, folder: string, template: Template): string {
    if (given !== undefined && !isProjectName(given)) {
        throw new UserError(`"${given}" is not a valid name of a project: use ${PROJECT_NAME_RULE}.`);
    }
    const fromFolder = basename(folder)
        .replace(/[^A-Za-z0-9_.-]+/g, "-")
        .replace(/^-|-$/g, "")
        .slice(0, 100);
    return given ?? (isProjectName(fromFolder) ? fromFolder : template.name);
}

function install(folder: string): void {
    process.stdout.write("Installing packages with npm…\n");
    const { status, error } = spawnSync("npm", ["install", "--no-audit", "--no-fund"], {
        cwd: folder,
        stdio: ["ignore", "inherit", "inherit"],
        // On Windows, npm is a script of the shell.
        shell: process.platform === "win32",
    });
    if (status !== 0) {
        const reason = error === undefined ? "its output above says why" : error.message;
        throw new UserError(
            `the project was written to ${folder}, but its packages could not be installed: ${reason}. Run \`npm install\` there.`,
        );
    }
}

function nextSteps(folder: string, template: Template, name: string): string {
    const route = relative(process.cwd(), folder);
    return [
        `Created the project "${name}" from the template "${template.name}".`,
        "",
        "Next, set the API key of your AGB account, or select the local AGB, which needs no account:",
        "",
        ...(route === "" ? [] : [`    cd ${route}`]),
        "    npx pulumi-agb config set --secret agb:apiKey --stack dev",
        "    npx pulumi-agb config set agb:endpoint local --stack dev",
        "",
        "Then deploy:",
        "",
        "    npx pulumi-agb up --stack dev",
        "",
        ...(isOnPath("pulumi") ? [WITH_PULUMI, ""] : []),
    ].join("\n");
}

const names = (all: Template[]): string => all.map(({ name }) => name).join(", ");

function describe({ name, description }: Template): string {
    const width = Math.max(...templates().map((template) => template.name.length));
    return `  ${name.padEnd(width)}  ${description}`;
}
