/** Reads a Pulumi project from its `Pulumi.yaml`. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { errorMessage } from "../../common/errorMessage";
import type { Project } from "../model/request";
import { UserError } from "../model/userError";

/** A config value that the project declares for its stacks. */
export interface ConfigDeclaration {
    type?: string;
    items?: { type: string };
    default?: unknown;
    value?: unknown;
    secret?: boolean;
}

export interface ProjectFile extends Project {
    /** The path of `Pulumi.yaml`. */
    file: string;
    /** `backend.url`. */
    backend?: string | undefined;
    /** Declarations by key, with or without a namespace. */
    config: Record<string, ConfigDeclaration>;
    /** The folder that contains the stacks' settings files. */
    settingsFolder: string;
    /** `options.refresh: always`. */
    alwaysRefresh: boolean;
}

interface ProjectYaml {
    name?: unknown;
    description?: string;
    runtime?: string | { name?: string; options?: Record<string, unknown> };
    main?: string;
    backend?: { url?: string };
    config?: string | Record<string, unknown>;
    stackConfigDir?: string;
    options?: { refresh?: string };
}

/** Completes "use" and "a name of". */
export const PROJECT_NAME_RULE = "up to 100 letters, digits, hyphens, underscores and periods";

export function isProjectName(text: string): boolean {
    return /^[A-Za-z0-9_.-]{1,100}$/.test(text);
}

/** Reads the project that contains `folder`. */
export function loadProject(folder: string): ProjectFile {
    const file = findProjectFile(folder);
    if (file === undefined) {
        throw new UserError(
            `no Pulumi.yaml project file found (searching upwards from ${resolve(folder)}). Run the command in a Pulumi project, or pass its folder with --cwd.`,
        );
    }
    const yaml = readYaml(file);
    const root = dirname(file);
    const { name } = yaml;
    if (typeof name !== "string" || !isProjectName(name)) {
        throw new UserError(`${file} needs a \`name\` of ${PROJECT_NAME_RULE}.`);
    }
    const runtime = typeof yaml.runtime === "string" ? { name: yaml.runtime } : (yaml.runtime ?? {});
    if (runtime.name !== "nodejs") {
        throw new UserError(
            `${file} has the runtime "${runtime.name ?? ""}", but the embedded engine supports only "nodejs". Use the pulumi command for this project.`,
        );
    }
    return {
        file,
        name,
        description: yaml.description,
        root,
        ...entryPoint(root, yaml.main),
        runtimeOptions: runtime.options ?? {},
        backend: yaml.backend?.url,
        config: declarations(name, yaml.config),
        settingsFolder: resolve(root, yaml.stackConfigDir ?? (typeof yaml.config === "string" ? yaml.config : "")),
        alwaysRefresh: yaml.options?.refresh === "always",
    };
}

/** The project file of the nearest folder that has one, from `folder` upwards. */
export function findProjectFile(folder: string): string | undefined {
    for (let current = resolve(folder); ; current = dirname(current)) {
        const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(current, name)).find((path) => existsSync(path));
        if (file !== undefined || current === dirname(current)) {
            return file;
        }
    }
}

function readYaml(file: string): ProjectYaml {
    let content: unknown;
    try {
        content = parse(readFileSync(file, "utf8"));
    } catch (error) {
        throw new UserError(`${file} is not valid YAML: ${firstLine(error)}`);
    }
    if (typeof content !== "object" || content === null || Array.isArray(content)) {
        throw new UserError(`${file} must contain the \`name\` and \`runtime\` of a Pulumi project.`);
    }
    return content;
}

/** The YAML parser's message, without the excerpt that follows it. */
export function firstLine(error: unknown): string {
    return (errorMessage(error).split("\n")[0] ?? "").replace(/:$/, "");
}

/** The program and its provider run in the folder of `main`. Whether it exists matters only to a deployment. */
function entryPoint(root: string, main: string | undefined): { programDirectory: string; program: string } {
    const path = resolve(root, main ?? "");
    const isFolder = path === root || (existsSync(path) && statSync(path).isDirectory());
    return isFolder
        ? { programDirectory: path, program: "." }
        : { programDirectory: dirname(path), program: basename(path) };
}

/** A bare value is a default if the key belongs to the project, and a fixed value in any other namespace. */
function declarations(project: string, config: ProjectYaml["config"]): Record<string, ConfigDeclaration> {
    if (typeof config !== "object") {
        return {};
    }
    return Object.fromEntries(
        Object.entries(config).map(([key, declared]): [string, ConfigDeclaration] => {
            if (typeof declared === "object" && declared !== null && !Array.isArray(declared)) {
                return [key, declared];
            }
            return [
                key,
                key.includes(":") && !key.startsWith(`${project}:`) ? { value: declared } : { default: declared },
            ];
        }),
    );
}
