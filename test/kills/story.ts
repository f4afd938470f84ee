/** Lives a random story in real processes, and checks after every step that nothing is lost. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Engine } from "../support/engines";
import { start, type Run } from "../support/processes";
import { Project } from "../support/project";
import { KillableAccount } from "./account";
import { CommandRuns } from "./commandRuns";
import { Contents, textOf } from "./contents";
import {
    DATA_FOLDER,
    FILES_FOLDER,
    mountOf,
    PROGRAM,
    runsFile,
    type Declared,
    type Kill,
    type Step,
    type Story,
} from "./programs";

/** A session of the state. */
interface KnownSession {
    id: string;
    name: string;
    mounts: { contextId: string; path: string }[];
}

export class LivedStory {
    readonly #engine: Engine;
    readonly #account: KillableAccount;
    readonly #project: Project;
    readonly #contents = new Contents();
    readonly #runs = new CommandRuns();
    /** How many processes were killed: a deployment may end before its kill is due. */
    kills = 0;

    private constructor(engine: Engine, account: KillableAccount) {
        this.#engine = engine;
        this.#account = account;
        this.#project = new Project(engine, account.env);
        this.#project.program(PROGRAM);
    }

    static async start(engine: Engine): Promise<LivedStory> {
        const story = new LivedStory(engine, await KillableAccount.start());
        await story.#project.init();
        return story;
    }

    async live({ steps, last }: Story): Promise<void> {
        for (const step of steps) await this.#step(step);
        const { declared } = steps.at(-1) ?? { declared: { sessions: {}, files: {}, syncs: {}, commands: {} } };
        await this.#converge("up");
        await this.#releasePending();
        await this.#expectDeployed(declared);
        await this.#killed("destroy", last);
        await this.#converge("destroy");
        await this.#releasePending();
        await this.#account.client.listSessions().next();
        expect(await this.#account.sessions()).toEqual([]);
        expect(await this.#contents.lost(this.#account)).toEqual([]);
        expect(await this.#contents.neverArrived(this.#account)).toEqual([]);
        expect(await this.#contextIds()).toHaveLength(2);
    }

    async end(): Promise<void> {
        this.#project.remove();
        await this.#account.close();
    }

    async #step({ declared, operation, kill, writes, released }: Step): Promise<void> {
        this.#declare(declared);
        await this.#killed(operation, kill);
        expect(await this.#contents.lost(this.#account), "after the kill").toEqual([]);
        expect(this.#runs.repeated(await this.#commandLines()), "after the kill").toEqual([]);
        for (const { session, context, file } of writes) await this.#write(session, context, `file${file}`);
        const session = this.#sessions().find(({ name }) => name === released);
        if (session) await this.#account.release(session.id);
        expect(await this.#contents.lost(this.#account), "after the release").toEqual([]);
    }

    #declare(declared: Declared): void {
        const commands = this.#runs.declare(declared.commands);
        this.#project.write("declared.json", JSON.stringify({ ...declared, commands }));
        const data = join(this.#project.folder, "data");
        rmSync(data, { recursive: true, force: true });
        mkdirSync(data);
        for (const [name, version] of Object.entries(declared.folder ?? {})) {
            this.#project.write(`data/${name}`, `${name}${version}`);
        }
    }

    /** Runs an operation and kills one of its processes, or the account's. */
    async #killed(operation: "up" | "refresh" | "destroy", { victim, request, delayMs }: Kill): Promise<void> {
        const { child, ended } = start(
            [...this.#engine.argv(operation), "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"],
            { cwd: this.#project.folder, env: this.#project.env },
        );
        let restarted: Promise<void> | undefined;
        this.#account.atRequest(request, () => {
            setTimeout(() => {
                if (child.exitCode !== null) return;
                this.kills++;
                if (victim === "engine") child.kill("SIGKILL");
                else if (victim === "emulator") {
                    this.#runs.recordRestart();
                    restarted = this.#account.restart();
                } else killChild(child.pid, victim);
            }, delayMs);
        });
        await ended;
        this.#account.atRequest(-1, () => undefined);
        await restarted;
        // What the engine has left running may still change something.
        await expect.poll(() => processesOf(this.#project.folder), { interval: 20 }).toEqual([]);
        await this.#project.pulumi("cancel", "--yes", "--stack", "dev");
    }

    /** The operation must succeed by itself, whatever happened before. */
    async #converge(operation: "up" | "destroy"): Promise<Run> {
        const run = await this.#project[operation]();
        expect(run.exit, run.text).toBe(0);
        return run;
    }

    /**
     * The session of an interrupted creation that the program no longer declares is in the state as a pending operation, and
     * each deployment warns of it. Follows the guide's advice: the command shows the session and ends it.
     */
    async #releasePending(): Promise<void> {
        const known = new Set(this.#sessions().map(({ id }) => id));
        const pending = (this.#project.deployment().pending_operations ?? [])
            .filter(({ type, resource }) => type === "creating" && resource.type.endsWith(":Session"))
            .map(({ resource: { urn } }) => nameOf(urn));
        const listed = await this.#project.pulumi("session list", "--json", "--stack", "dev");
        expect(listed.exit, listed.text).toBe(0);
        for (const { id, name } of JSON.parse(listed.stdout) as { id: string; name: string }[]) {
            if (known.has(id) || !pending.includes(name)) continue;
            const released = await this.#project.pulumi("session release", id, "--yes", "--stack", "dev");
            expect(released.exit, released.text).toBe(0);
        }
    }

    async #expectDeployed(declared: Declared): Promise<void> {
        const sessions = this.#sessions();
        expect(await this.#account.sessions(), "no unknown session").toEqual(sessions.map(({ id }) => id).sort());
        expect(sessions.map(({ name }) => name).sort()).toEqual(Object.keys(declared.sessions).sort());
        const lines = await this.#commandLines();
        expect(this.#runs.repeated(lines)).toEqual([]);
        expect(this.#runs.missing(lines)).toEqual([]);
        const contents = await Promise.all((await this.#contextIds()).map((id) => this.#account.files(id)));
        const managed = new Map(contents.flatMap((files) => [...files]));
        for (const [name, version] of Object.entries(declared.files)) {
            expect(managed.get(`${FILES_FOLDER}/${name}`)).toBe(`${name}${version}`);
        }
        for (const [name, version] of Object.entries(declared.folder ?? {})) {
            expect(managed.get(`${DATA_FOLDER}/${name}`)).toBe(`${name}${version}`);
        }
    }

    async #write(session: string, context: string, file: string): Promise<void> {
        const mountPath = mountOf(session, context);
        for (const { id, name, mounts } of this.#sessions()) {
            const mount = mounts.find(({ path }) => path === mountPath);
            if (name !== session || !mount) continue;
            const version = this.#contents.next();
            const path = `${mountPath}/${file}`;
            const isWritten = await this.#account.client
                .callTool(id, "write_file", { path, content: textOf(version), mode: "overwrite" })
                .then(
                    () => true,
                    () => false,
                );
            if (isWritten) this.#contents.recordWrite(mount.contextId, path, version);
        }
    }

    /** What the command of each session has appended, by the name of the session. */
    async #commandLines(): Promise<Map<string, string[]>> {
        const found = new Map<string, string[]>();
        for (const { id, name } of this.#sessions()) {
            const text = await this.#account.client.callTool(id, "read_file", { path: runsFile(name) }).catch(() => "");
            found.set(name, text.split("\n").filter(Boolean));
        }
        return found;
    }

    #sessions(): KnownSession[] {
        return (this.#project.deployment().resources ?? [])
            .filter(({ type }) => type.endsWith(":Session"))
            .map(({ id = "", urn, outputs }) => ({
                id,
                name: nameOf(urn),
                mounts: (outputs as { contextSyncs: KnownSession["mounts"] }).contextSyncs,
            }));
    }

    async #contextIds(): Promise<string[]> {
        const ids: string[] = [];
        for await (const { id } of this.#account.client.listContexts()) ids.push(id);
        return ids;
    }
}

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

const RUNNERS = { provider: "cmd/dynamic-provider", program: "cmd/run" } as const;

/** The command lines of all processes that work for a project, by their process ids. */
function commandLines(): Map<number, string> {
    const processes = new Map<number, string>();
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            processes.set(Number(pid), readFileSync(`/proc/${pid}/cmdline`, "utf8"));
        } catch {
            // It has ended.
        }
    }
    return processes;
}

function parentOf(pid: number): number | undefined {
    try {
        return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    } catch {
        return undefined;
    }
}

/** `kill -9` of a process that the engine has started. */
function killChild(engine: number | undefined, victim: keyof typeof RUNNERS): void {
    for (const [pid, command] of commandLines()) {
        if (!command.includes(RUNNERS[victim])) continue;
        for (let parent = parentOf(pid); parent !== undefined && parent > 1; parent = parentOf(parent)) {
            if (parent === engine) process.kill(pid, "SIGKILL");
        }
    }
}

/** The processes that still run in a project's folder. */
function processesOf(folder: string): string[] {
    return [...commandLines()].flatMap(([pid, command]) => {
        if (!Object.values(RUNNERS).some((runner) => command.includes(runner))) return [];
        try {
            return readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder) ? [command] : [];
        } catch {
            return [];
        }
    });
}
