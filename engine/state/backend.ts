/** Pulumi's file backend: its location, its stacks, and the paths of a stack's files. */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../model/userError";
import { writeDurably } from "./files";

/** The organization of every stack on a file backend. */
export const ORGANIZATION = "organization";

export interface StackReference {
    project: string;
    name: string;
}

/** `organization/PROJECT/STACK`. */
export function fullName({ project, name }: StackReference): string {
    return `${ORGANIZATION}/${project}/${name}`;
}

/** Parses `STACK`, `organization/STACK` or `organization/PROJECT/STACK`. */
export function parseStackName(text: string, project: string): StackReference {
    const parts = text.split("/");
    const name = parts.at(-1) ?? "";
    if (parts.length > 3 || (parts.length > 1 && parts[0] !== ORGANIZATION)) {
        throw new UserError(`"${text}" is not a valid stack name. Use STACK or organization/PROJECT/STACK.`);
    }
    if (!/^[A-Za-z0-9_.-]{1,100}$/.test(name)) {
        throw new UserError(
            `"${name}" is not a valid stack name. Use up to 100 letters, digits, hyphens, underscores and periods.`,
        );
    }
    return { project: parts.length === 3 ? (parts[1] ?? "") : project, name };
}

/** The folder of Pulumi's user-level settings. */
export function pulumiHome(env: NodeJS.ProcessEnv): string {
    return env.PULUMI_HOME ? resolve(env.PULUMI_HOME) : join(homedir(), ".pulumi");
}

/** The current backend, chosen as Pulumi does: the environment, the project, the last `pulumi login`, or the home folder. */
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
    /** The folder that contains `.pulumi`. */
    readonly #folder: string;

    constructor(
        /** As the user wrote it. */
        readonly url: string,
        workingDirectory: string,
    ) {
        const [scheme] = url.split("://");
        if (scheme !== "file") {
            throw new UserError(
                `the backend ${withoutCredentials(url)} is not supported, because the embedded engine stores state only in local files. Set PULUMI_BACKEND_URL to a file:// URL (file://~ is the backend of "pulumi login --local"), or use the pulumi command.`,
            );
        }
        const path = url.slice("file://".length).split("?")[0] ?? "";
        this.#folder = path.startsWith("~") ? join(homedir(), path.slice(1)) : resolve(workingDirectory, path);
        if (!existsSync(this.#folder) || !statSync(this.#folder).isDirectory()) {
            throw new UserError(
                `the folder ${this.#folder} of the backend ${url} does not exist or is not a folder. Create it, or set PULUMI_BACKEND_URL to a different backend.`,
            );
        }
        this.#assertSupportedLayout();
    }

    /** Joins a path below `.pulumi`. */
    path(...parts: string[]): string {
        return join(this.#folder, ".pulumi", ...parts);
    }

    checkpointFile({ project, name }: StackReference): string {
        return this.path("stacks", project, `${name}.json`);
    }

    /** The state before the last save. */
    backupFile(stack: StackReference): string {
        return `${this.checkpointFile(stack)}.bak`;
    }

    hasStack(stack: StackReference): boolean {
        const file = this.checkpointFile(stack);
        for (const suffix of [".gz", ".zst"]) {
            if (existsSync(file + suffix)) {
                throw new UserError(
                    `the state of stack ${stack.name} is compressed (${file + suffix}), which the embedded engine does not support. Use the pulumi command for this stack.`,
                );
            }
        }
        return existsSync(file);
    }

    /** The stacks of one project, or of all projects. */
    listStacks(project?: string): StackReference[] {
        const projects = project === undefined ? listFolder(this.path("stacks")) : [project];
        return projects.flatMap((owner) =>
            listFolder(this.path("stacks", owner))
                .filter((file) => file.endsWith(".json"))
                .map((file) => ({ project: owner, name: file.slice(0, -".json".length) })),
        );
    }

    /** Records the backend's layout version before its first file is written. */
    async ensureLayout(): Promise<void> {
        if (!existsSync(this.path("meta.yaml"))) {
            await writeDurably(this.path("meta.yaml"), "version: 1\n");
        }
    }

    #assertSupportedLayout(): void {
        const meta = this.path("meta.yaml");
        const version = existsSync(meta) ? /^version:\s*(\d+)\s*$/m.exec(readFileSync(meta, "utf8"))?.[1] : undefined;
        if (existsSync(meta) && version !== "1") {
            throw new UserError(
                `the backend ${this.url} has a layout that the embedded engine does not support (${meta}). Use the pulumi command for this backend.`,
            );
        }
        if (version === undefined && listFolder(this.path("stacks")).some((file) => file.endsWith(".json"))) {
            throw new UserError(
                `the backend ${this.url} uses the old layout, in which stacks do not belong to projects. Migrate it with "pulumi state upgrade".`,
            );
        }
    }
}

function listFolder(folder: string): string[] {
    return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function withoutCredentials(url: string): string {
    return url.replace(/\/\/[^/@]*@/, "//").split("?")[0] ?? "";
}
