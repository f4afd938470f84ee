/** A Pulumi project: what its `Pulumi.yaml` says. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import type { Project } from "../deployment";
import { UserError } from "../model/userError";

/** A value that the project declares for its stacks' config. */
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
    /** By key, with or without namespace. */
    config: Record<string, ConfigDeclaration>;
    /** The folder of the stacks' settings files. */
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

/** Reads the project that `folder` belongs to. */
export function loadProject(folder: string): ProjectFile {
    const file = findProjectFile(folder);
    const yaml = readYaml(file);
    const root = dirname(file);
    const { name } = yaml;
    if (typeof name !== "string" || !/^[A-Za-z0-9_.-]{1,100}$/.test(name)) {
        throw new UserError(`${file} needs a \`name\` of up to 100 letters, digits, hyphens, underscores and periods.`);
    }
    const runtime = typeof yaml.runtime === "string" ? { name: yaml.runtime } : (yaml.runtime ?? {});
    if (runtime.name !== "nodejs") {
        throw new UserError(
            `${file} has the runtime "${runtime.name ?? ""}"; the embedded engine runs "nodejs" programs alone. Use the pulumi command for this project.`,
        );
    }
    return {
        file,
        name,
        description: yaml.description,
        root,
        ...entryPoint(file, root, yaml.main),
        runtimeOptions: runtime.options ?? {},
        backend: yaml.backend?.url,
        config: declarations(name, yaml.config),
        settingsFolder: resolve(root, yaml.stackConfigDir ?? (typeof yaml.config === "string" ? yaml.config : "")),
        alwaysRefresh: yaml.options?.refresh === "always",
    };
}

function findProjectFile(folder: string): string {
    for (let current = resolve(folder); ; current = dirname(current)) {
        const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(current, name)).find((path) => existsSync(path));
        if (file !== undefined) {
            return file;
        }
        if (current === dirname(current)) {
            throw new UserError(
                `no Pulumi.yaml project file found (searching upwards from ${resolve(folder)}). Run the command in a Pulumi project, or name its folder with --cwd.`,
            );
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
        throw new UserError(`${file} must hold \`name\` and \`runtime\` of a Pulumi project.`);
    }
    return content;
}

/** The parser's message without the excerpt that it draws below. */
export function firstLine(error: unknown): string {
    return ((error as Error).message.split("\n")[0] ?? "").replace(/:$/, "");
}

/** Program and provider run in the folder of `main`. */
function entryPoint(
    file: string,
    root: string,
    main: string | undefined,
): { programDirectory: string; program: string } {
    if (!main) {
        return { programDirectory: root, program: "." };
    }
    const path = resolve(root, main);
    if (!existsSync(path)) {
        throw new UserError(`${file} names the program \`main: ${main}\`, but ${path} does not exist.`);
    }
    return statSync(path).isDirectory()
        ? { programDirectory: path, program: "." }
        : { programDirectory: dirname(path), program: basename(path) };
}

/** A bare value is the default of a key of the project, and the value of one of another namespace. */
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
