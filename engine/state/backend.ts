/** Pulumi's own file backend: where it is, which stacks it holds, and where each file of a stack lies. */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../model/userError";
import { writeDurably } from "./files";

/** The name of every organization on a file backend. */
export const ORGANIZATION = "organization";

export interface StackReference {
    project: string;
    name: string;
}

/** `organization/PROJECT/STACK`. */
export function fullName({ project, name }: StackReference): string {
    return `${ORGANIZATION}/${project}/${name}`;
}

/** Reads `STACK`, `organization/STACK` or `organization/PROJECT/STACK`. */
export function parseStackName(text: string, project: string): StackReference {
    const parts = text.split("/");
    const name = parts.at(-1) ?? "";
    if (parts.length > 3 || (parts.length > 1 && parts[0] !== ORGANIZATION)) {
        throw new UserError(`"${text}" is not a stack's name: write STACK or organization/PROJECT/STACK.`);
    }
    if (!/^[A-Za-z0-9_.-]{1,100}$/.test(name)) {
        throw new UserError(
            `"${name}" is not a stack's name: it may have up to 100 letters, digits, hyphens, underscores and periods.`,
        );
    }
    return { project: parts.length === 3 ? (parts[1] ?? "") : project, name };
}

/** Where Pulumi keeps the user's own settings. */
export function pulumiHome(env: NodeJS.ProcessEnv): string {
    return env.PULUMI_HOME ? resolve(env.PULUMI_HOME) : join(homedir(), ".pulumi");
}

/** The backend that is in force, in Pulumi's order: the environment, the project, the last `pulumi login`, else the home folder. */
export function backendURL(env: NodeJS.ProcessEnv, projectBackend?: string): string {
    return env.PULUMI_BACKEND_URL || projectBackend || lastLogin(env) || "file://~";
}

function lastLogin(env: NodeJS.ProcessEnv): string | undefined {
    try {
        return (JSON.parse(readFileSync(join(pulumiHome(env), "credentials.json"), "utf8")) as { current?: string })
            .current;
    } catch {
        return undefined;
    }
}

export class FileBackend {
    /** The folder that holds `.pulumi`. */
    readonly #folder: string;

    constructor(
        /** As the user wrote it. */
        readonly url: string,
        workingDirectory: string,
    ) {
        const [scheme] = url.split("://");
        if (scheme !== "file") {
            throw new UserError(
                `The backend ${withoutCredentials(url)} is not supported: the embedded engine keeps state in files alone. Set PULUMI_BACKEND_URL to a file:// address (file://~ is that of "pulumi login --local"), or use the pulumi command.`,
            );
        }
        const path = url.slice("file://".length).split("?")[0] ?? "";
        this.#folder = path.startsWith("~") ? join(homedir(), path.slice(1)) : resolve(workingDirectory, path);
        if (!existsSync(this.#folder) || !statSync(this.#folder).isDirectory()) {
            throw new UserError(
                `The folder ${this.#folder} of the backend ${url} does not exist. Make it first, or set PULUMI_BACKEND_URL to another.`,
            );
        }
        this.#refuseOtherLayouts();
    }

    /** The path of something below `.pulumi`. */
    path(...parts: string[]): string {
        return join(this.#folder, ".pulumi", ...parts);
    }

    checkpointFile({ project, name }: StackReference): string {
        return this.path("stacks", project, `${name}.json`);
    }

    hasStack(stack: StackReference): boolean {
        const file = this.checkpointFile(stack);
        for (const suffix of [".gz", ".zst"]) {
            if (existsSync(file + suffix)) {
                throw new UserError(
                    `The state of stack ${stack.name} is compressed (${file + suffix}), which the embedded engine does not read. Use the pulumi command for this stack.`,
                );
            }
        }
        return existsSync(file);
    }

    /** The stacks of one project, or of all. */
    listStacks(project?: string): StackReference[] {
        const projects = project === undefined ? list(this.path("stacks")) : [project];
        return projects.flatMap((owner) =>
            list(this.path("stacks", owner))
                .filter((file) => file.endsWith(".json"))
                .map((file) => ({ project: owner, name: file.slice(0, -".json".length) })),
        );
    }

    /** Says in the backend which layout it has, before the first file goes into it. */
    async ensureLayout(): Promise<void> {
        if (!existsSync(this.path("meta.yaml"))) {
            await writeDurably(this.path("meta.yaml"), "version: 1\n");
        }
    }

    #refuseOtherLayouts(): void {
        const meta = this.path("meta.yaml");
        const version = existsSync(meta) ? /^version:\s*(\d+)\s*$/m.exec(readFileSync(meta, "utf8"))?.[1] : undefined;
        if (existsSync(meta) && version !== "1") {
            throw new UserError(
                `The backend ${this.url} has a layout that the embedded engine does not know (${meta}). Use the pulumi command with it.`,
            );
        }
        if (version === undefined && list(this.path("stacks")).some((file) => file.endsWith(".json"))) {
            throw new UserError(
                `The backend ${this.url} has stacks in the layout from before projects. Bring it up to date with "pulumi state upgrade".`,
            );
        }
    }
}

function list(folder: string): string[] {
    return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function withoutCredentials(url: string): string {
    return url.replace(/\/\/[^/@]*@/, "//").split("?")[0] ?? "";
}
