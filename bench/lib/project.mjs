/** A Pulumi project in a temporary folder, deployed with the embedded engine or the `pulumi` command. */
import {
    copyFileSync,
    cpSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { isInstalled, measured } from "./measured.mjs";

export const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAMS = join(ROOT, "bench", "programs");
const STACK = "dev";

const EMBEDDED = { name: "embedded engine", argv: [process.execPath, join(ROOT, "dist", "cli", "main.js")] };
const PULUMI = { name: "pulumi command", argv: ["pulumi"] };

/** The embedded engine, and the `pulumi` command if it is installed. A short check runs only on the first. */
export const engines = ({ small }) => (!small && isInstalled("pulumi", "version") ? [EMBEDDED, PULUMI] : [EMBEDDED]);

/** Where the handlers keep their journals: what other deployments of this user have left there would take time to read. */
const DATA_HOME = mkdtempSync(join(tmpdir(), "pulumi-agb-bench-data-"));
process.on("exit", () => rmSync(DATA_HOME, { recursive: true, force: true }));

/** An environment without settings and data of this user that would change what is measured. */
export function cleanEnvironment() {
    const isSetting = ([key]) => /^(PULUMI|AGB)_|^NODE_OPTIONS$/.test(key);
    const inherited = Object.entries(process.env).filter((entry) => !isSetting(entry));
    return { ...Object.fromEntries(inherited), XDG_DATA_HOME: DATA_HOME };
}

export class Project {
    folder = mkdtempSync(join(tmpdir(), "pulumi-agb-bench-"));
    #engine;
    #env;

    /** `program` is the name of a file in `bench/programs/`, or of an example. */
    constructor(engine, program, env) {
        this.#engine = engine;
        this.#env = {
            ...cleanEnvironment(),
            PULUMI_HOME: join(this.folder, "home"),
            PULUMI_BACKEND_URL: `file://${this.folder}/backend`,
            PULUMI_CONFIG_PASSPHRASE: "bench",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            XDG_DATA_HOME: join(this.folder, "data"),
            NO_COLOR: "1",
            ...env,
        };
        if (program.endsWith(".js")) this.#writeProgram(program);
        else this.#copyExample(program);
        mkdirSync(join(this.folder, "backend"));
        symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"));
    }

    #writeProgram(program) {
        const write = (name, text) => writeFileSync(join(this.folder, name), text);
        write("Pulumi.yaml", "name: bench\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n");
        write("package.json", '{ "name": "bench", "version": "1.0.0", "main": "index.js" }\n');
        copyFileSync(join(PROGRAMS, program), join(this.folder, "index.js"));
        copyFileSync(join(PROGRAMS, "constantProvider.js"), join(this.folder, "constantProvider.js"));
    }

    #copyExample(name) {
        const isNeeded = (file) => !/node_modules|Pulumi\.[^.]+\.yaml/.test(basename(file));
        cpSync(join(ROOT, "examples", name), this.folder, { recursive: true, filter: isNeeded });
    }

    async init() {
        await this.#run(["stack", "init", STACK]);
        return this;
    }

    /** Deploys the program. `env` is added to the environment. */
    up = (args = [], env = {}) =>
        this.#run(["up", "--yes", "--skip-preview", "--non-interactive", "--stack", STACK, ...args], env);

    /** The resources in the state. */
    resources() {
        const file = join(this.folder, "backend", ".pulumi", "stacks", "bench", `${STACK}.json`);
        return JSON.parse(readFileSync(file, "utf8")).checkpoint.latest.resources;
    }

    remove() {
        rmSync(this.folder, { recursive: true, force: true });
    }

    #run(args, env = {}) {
        return measured([...this.#engine.argv, ...args], { cwd: this.folder, env: { ...this.#env, ...env } });
    }
}

/** Runs `work` with one project per program, and removes the projects afterwards. */
export async function withProjects(engine, programs, env, work) {
    const projects = programs.map((program) => new Project(engine, program, env));
    try {
        for (const project of projects) await project.init();
        return await work(projects);
    } finally {
        for (const project of projects) project.remove();
    }
}
