/** A stack whose sandbox a keeper keeps alive, and work in the sandbox, by the clock of the local AGB. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTestAgb, type TestAgb } from "../support/agb";
import { embedded, type Engine } from "../support/engines";
import { start, type RunningProcess } from "../support/processes";
import { Project } from "../support/project";
import { startOutage, type Outage } from "./outage";

const MINUTE_MS = 60_000;
/** Ends only what hangs. */
const LIMIT_MS = 600_000;

interface Event {
    event: string;
    message: string;
}

export class KeptStack {
    readonly agb: TestAgb;
    readonly outage: Outage;
    readonly project: Project;
    /** The files that were written in the sandbox. */
    readonly written: string[] = [];
    readonly #looks: string[];
    #keeper: RunningProcess | undefined;

    private constructor(agb: TestAgb, outage: Outage, project: Project, looks: string[]) {
        this.agb = agb;
        this.outage = outage;
        this.project = project;
        this.#looks = looks;
    }

    static async create(engine: Engine, idleReleaseTimeout: number): Promise<KeptStack> {
        const looks: string[] = [];
        const agb = await startTestAgb({
            syncTimeMs: 20,
            log: ({ call }) => {
                if (call === "refreshSessionIdleTime") looks.push(call);
            },
        });
        const outage = await startOutage(agb.local.endpoint);
        // The keeper chooses the engine by what is installed.
        const path = (process.env.PATH ?? "").split(delimiter);
        const folders = engine === embedded ? path.filter((folder) => !existsSync(join(folder, "pulumi"))) : path;
        const env = { ...agb.env, AGB_ENDPOINT: outage.endpoint, PATH: folders.join(delimiter) };
        const project = await new Project(engine, env).init();
        project.program(`
const { existsSync } = require("node:fs");
if (existsSync("broken")) throw new Error("broken on purpose");
const context = new agb.Context("work", {}, { retainOnDelete: true });
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: context.id, path: "/home/work" }],
    idleReleaseTimeout: ${idleReleaseTimeout},
    renewBefore: 600,
});
exports.sessionId = session.id;
exports.contextId = context.id;
exports.access = session.token;`);
        return new KeptStack(agb, outage, project, looks);
    }

    /** Starts a keeper, and waits for the first session that it writes to the file. */
    async keep(...options: string[]): Promise<void> {
        this.#keeper = this.startKeeper(...options);
        await this.until(() => this.isReported("session") && this.#outputs() !== undefined);
    }

    startKeeper(...options: string[]): RunningProcess {
        const argv = [...embedded.argv("keep --stack dev --json --interval 100ms --outputs outputs.json"), ...options];
        return start(argv, { cwd: this.project.folder, env: this.project.env });
    }

    get keeper(): RunningProcess {
        if (!this.#keeper) throw new Error("no keeper was started");
        return this.#keeper;
    }

    events(): Event[] {
        return this.keeper
            .output()
            .split("\n")
            .filter((line) => line.startsWith("{"))
            .map((line) => JSON.parse(line) as Event);
    }

    isReported = (event: string, text = ""): boolean => this.countOf(event, text) > 0;

    countOf = (event: string, text = ""): number =>
        this.events().filter((one) => one.event === event && one.message.includes(text)).length;

    /** The session that the keeper's file names. */
    get sessionId(): string {
        return this.#outputs()?.sessionId ?? "";
    }

    get contextId(): string {
        return this.#outputs()?.contextId ?? "";
    }

    #outputs(): Record<string, string> | undefined {
        const file = join(this.project.folder, "outputs.json");
        return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, string>) : undefined;
    }

    /** Writes a file in the sandbox. */
    async work(): Promise<void> {
        const path = `/home/work/minute-${this.written.length}.txt`;
        await this.agb.writeFile(this.sessionId, path, path);
        this.written.push(path);
    }

    /** Lets minutes of the sandbox pass, and the keeper look at it after that. */
    async pass(minutes: number): Promise<void> {
        await this.agb.local.clock.advance(minutes * MINUTE_MS);
        if (!this.outage.isDown) await this.look();
    }

    /** Waits until the keeper has looked twice: the first look may have begun before. */
    async look(): Promise<void> {
        const before = this.#looks.length;
        await this.until(() => this.#looks.length >= before + 2);
    }

    /** Waits until the file names another session than `before`. */
    async renewal(before: string): Promise<void> {
        await this.until(() => this.sessionId !== before);
    }

    async until(condition: () => boolean): Promise<void> {
        const end = Date.now() + LIMIT_MS;
        while (!condition()) {
            if (Date.now() > end) throw new Error(`nothing happened: ${this.#keeper?.output() ?? ""}`);
            await sleep(20);
        }
    }

    async close(): Promise<void> {
        this.#keeper?.child.kill("SIGKILL");
        await this.#keeper?.ended;
        this.project.remove();
        this.outage.close();
        await this.agb.close();
    }
}
