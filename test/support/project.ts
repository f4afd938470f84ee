/** A Pulumi project of a user, in a folder of its own, with a stack of its own: a story's program, or a copy of an example. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { nameStack } from "../../common/commandLine";
import { locateStack, selectStack } from "../../engine/stack";
import { embedded, root, type Engine } from "./engines";
import { run, type Run } from "./processes";

const PASSPHRASE = "a passphrase";
const STACK = "dev";
const STORY = "name: story\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n";
/** How the local AGB's access tokens of sessions look. */
const ACCESS_TOKEN = /token-[0-9a-f]{24}/;

interface ResourceState {
    urn: string;
    type: string;
    id?: string;
    inputs?: object;
    outputs?: object;
}

/** What tests read in a state. */
interface Deployment {
    resources?: ResourceState[];
    pending_operations?: { type: string; resource: ResourceState }[];
}

/** The files of a new stack on the embedded engine, once one has been created. Each stack needs a key, which takes time to derive. */
let newStack: ReadonlyMap<string, string> | undefined;

export class Project {
    readonly #engine: Engine;
    readonly folder = mkdtempSync(join(tmpdir(), "pulumi-agb-story-"));
    readonly env: NodeJS.ProcessEnv;
    /** What may appear neither on the screen nor in a file of the project. */
    readonly #secrets = new Set([PASSPHRASE]);

    constructor(engine: Engine, env: NodeJS.ProcessEnv, example?: string) {
        this.#engine = engine;
        const inherited = Object.entries(process.env).filter(([key]) => !/^(PULUMI|AGB)_/.test(key));
        this.env = {
            ...Object.fromEntries(inherited),
            PULUMI_HOME: join(this.folder, ".home"),
            PULUMI_BACKEND_URL: `file://${join(this.folder, ".backend")}`,
            PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            NO_COLOR: "1",
            XDG_DATA_HOME: join(this.folder, ".data"),
            // The repository's own type check covers the examples.
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
            ...env,
        };
        mkdirSync(join(this.folder, ".backend"));
        if (example) {
            cpSync(join(root, "examples", example), this.folder, {
                recursive: true,
                filter: (source) => !/node_modules|Pulumi\.[^.]+\.yaml/.test(basename(source)),
            });
        } else {
            this.write("Pulumi.yaml", STORY);
            this.write("package.json", '{ "name": "story", "version": "1.0.0", "main": "index.js" }\n');
        }
        symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    }

    write(file: string, text: string): void {
        mkdirSync(dirname(join(this.folder, file)), { recursive: true });
        writeFileSync(join(this.folder, file), text);
    }

    /** The program, in JavaScript, with the package as `agb`. */
    program(text: string): void {
        this.write(
            "index.js",
            `"use strict";\nconst pulumi = require("@pulumi/pulumi");\nconst agb = require("pulumi-agb");\n${text}\n`,
        );
    }

    /** Gives the project its own `node_modules`, in which one package differs from the repository's. */
    replaceModule(name: string, manifest: object): void {
        const modules = join(this.folder, "node_modules");
        rmSync(modules);
        mkdirSync(join(modules, name), { recursive: true });
        writeFileSync(join(modules, name, "package.json"), JSON.stringify({ name, ...manifest }));
        // The SDK resolves its neighbors from its real path, so a link would find the repository's.
        cpSync(join(root, "node_modules", "@pulumi"), join(modules, "@pulumi"), { recursive: true });
        for (const other of readdirSync(join(root, "node_modules"))) {
            if (other !== name && other !== "@pulumi" && !other.startsWith(".")) {
                symlinkSync(join(root, "node_modules", other), join(modules, other));
            }
        }
    }

    /** Creates the stack, which every other command needs. */
    async init(): Promise<this> {
        const project = readFileSync(join(this.folder, "Pulumi.yaml"), "utf8");
        const isStory = this.#engine === embedded && project === STORY;
        if (isStory && newStack) {
            for (const [file, text] of newStack) this.write(file, text);
            selectStack(locateStack(this.folder, STACK, this.env), this.env);
            // The commands in the messages of this process need not name the stack.
            nameStack(undefined);
            return this;
        }
        const made = await this.pulumi("stack init", STACK);
        if (made.exit !== 0) throw new Error(`no stack: ${made.text}`);
        if (isStory) newStack = this.#stackFiles();
        return this;
    }

    #stackFiles(): Map<string, string> {
        const stored = readdirSync(join(this.folder, ".backend"), { recursive: true, withFileTypes: true });
        const files = stored.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
        return new Map(
            [...files, join(this.folder, `Pulumi.${STACK}.yaml`)].map((file) => [
                relative(this.folder, file),
                readFileSync(file, "utf8"),
            ]),
        );
    }

    /** Runs a command. Its output must not show a secret. */
    async pulumi(command: string, ...args: string[]): Promise<Run> {
        if (this.env.AGB_API_KEY) this.#secrets.add(this.env.AGB_API_KEY);
        const result = await run([...this.#engine.argv(command), ...args], { cwd: this.folder, env: this.env });
        for (const secret of this.#secrets) {
            if (result.text.includes(secret)) throw new Error(`\`${command}\` printed a secret: ${result.text}`);
        }
        return result;
    }

    up = (...args: string[]) =>
        this.pulumi("up", "--yes", "--skip-preview", "--non-interactive", "--stack", STACK, ...args);
    preview = (...args: string[]) => this.pulumi("preview", "--non-interactive", "--stack", STACK, ...args);
    refresh = (...args: string[]) =>
        this.pulumi("refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", STACK, ...args);
    destroy = (...args: string[]) =>
        this.pulumi("destroy", "--yes", "--skip-preview", "--non-interactive", "--stack", STACK, ...args);

    /** Sets config as a user would; `--secret` and `--path` go before the key. */
    config = (...args: string[]) => this.pulumi("config set", "--stack", STACK, ...args);

    async outputs(): Promise<Record<string, unknown>> {
        const { exit, stdout, text } = await this.pulumi("output", "--json", "--stack", STACK);
        if (exit !== 0) throw new Error(`no outputs: ${text}`);
        return JSON.parse(stdout) as Record<string, unknown>;
    }

    /** The state file, as it is on disk. */
    state(): string {
        return readFileSync(join(this.folder, ".backend", ".pulumi", "stacks", "story", `${STACK}.json`), "utf8");
    }

    /** What the state file contains. */
    deployment(): Deployment {
        const { checkpoint } = JSON.parse(this.state()) as { checkpoint: { latest?: Deployment } };
        return checkpoint.latest ?? {};
    }

    /** Deletes the project, after a search for secrets and access tokens in everything that was written to its folder. */
    remove(): void {
        const leaks = readdirSync(this.folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => join(parentPath, name))
            .filter((file) => {
                const text = readFileSync(file, "latin1");
                return ACCESS_TOKEN.test(text) || [...this.#secrets].some((secret) => text.includes(secret));
            });
        rmSync(this.folder, { recursive: true, force: true });
        if (leaks.length > 0) throw new Error(`secrets were left in ${leaks.join(", ")}`);
    }
}
