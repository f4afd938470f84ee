/** Plays a scenario with the real command, in a folder of its own, and returns what each step did. */
import { spawn } from "node:child_process";
import {
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { EngineEvent } from "../../../engine/model/events";
import { exportDeployment, locateStack } from "../../../engine/stack";
import { deploymentSchema } from "../deploymentSchema";
import { canonical, concurrency, previewJson, resource, scrubber, sortCalls, text } from "./normalise";
import {
    folder as recordings,
    scenarioSteps,
    type Call,
    type Entry,
    type Json,
    type Op,
    type Resource,
    type ScenarioStep,
    type StepResult,
} from "./recording";

const root = resolve(__dirname, "../../..");
const DEPLOYS = ["up", "preview", "refresh", "destroy"];

export class Player {
    readonly #name: string;
    readonly #modules: string;
    readonly #root = mkdtempSync(join(tmpdir(), "pulumi-agb-replay-"));
    readonly #project = join(this.#root, "rec");
    readonly #log = join(this.#root, "calls.jsonl");
    readonly #control = join(this.#root, "control.json");
    readonly #events = join(this.#root, "events.jsonl");
    readonly #environment: NodeJS.ProcessEnv;
    readonly #before = new Map<string, Resource[]>();

    /** `modules` is the folder of packages whose SDK the programs run with. */
    constructor(name: string, modules: string) {
        this.#name = name;
        this.#modules = modules;

        const inherited = Object.entries(process.env).filter(([key]) => !/^(PULUMI|AGB)_/.test(key));
        this.#environment = {
            ...Object.fromEntries(inherited),
            PULUMI_HOME: join(this.#root, "home"),
            PULUMI_BACKEND_URL: `file://${join(this.#root, "backend")}`,
            PULUMI_CONFIG_PASSPHRASE: "x",
            RECORDER_LOG: this.#log,
            RECORDER_CONTROL: this.#control,
            REPLAY_EVENTS: this.#events,
        };
    }

    /** Plays all steps; the results are normalised as the recordings are. */
    async play(): Promise<StepResult[]> {
        const steps = scenarioSteps(this.#name);
        await this.#setUp(new Set(["dev", ...steps.map((step) => step.stack ?? "dev")]));
        const scrub = scrubber({
            "<project>": this.#project,
            "<backend>": join(this.#root, "backend"),
            "<root>": this.#root,
        });
        const results: StepResult[] = [];
        for (const step of steps) {
            results.push(scrub((await this.#playStep(step)) as unknown as Json) as unknown as StepResult);
        }
        return results;
    }

    remove(): void {
        rmSync(this.#root, { recursive: true, force: true });
    }

    async #setUp(stacks: Set<string>): Promise<void> {
        const modules = join(this.#root, "node_modules");
        for (const made of [this.#project, join(this.#root, "backend"), join(modules, "@pulumi")]) {
            mkdirSync(made, { recursive: true });
        }
        symlinkSync(join(this.#modules, "@pulumi", "pulumi"), join(modules, "@pulumi", "pulumi"));
        cpSync(join(recordings, "recorder"), join(modules, "recorder"), { recursive: true });
        writeFileSync(this.#log, "");
        writeFileSync(
            join(this.#project, "Pulumi.yaml"),
            "name: rec\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.js\n",
        );
        writeFileSync(join(this.#project, "package.json"), '{"name":"rec","version":"1.0.0","private":true}\n');
        writeFileSync(join(this.#project, "index.js"), "");
        for (const stack of stacks) await this.#expectSuccess("stack", "init", stack);
    }

    async #playStep(step: ScenarioStep): Promise<StepResult> {
        const stack = step.stack ?? "dev";
        if (step.program) {
            copyFileSync(join(recordings, "programs", this.#name, step.program), join(this.#project, "index.js"));
        }
        for (const [file, content] of Object.entries(step.files ?? {})) {
            mkdirSync(dirname(join(this.#project, file)), { recursive: true });
            writeFileSync(join(this.#project, file), content);
        }
        if (step.config) await this.#configure(step.config, stack);
        writeFileSync(this.#control, JSON.stringify(step.control ?? {}));
        writeFileSync(this.#events, "");
        const from = this.#calls().length;
        const { kill } = step;
        const isKilled =
            kill &&
            ((): boolean =>
                this.#calls()
                    .slice(from)
                    .some((call) => call.method === kill.method && nameOf(call) === kill.name));
        const printed: string[] = [];
        const exit = await this.#run(
            argumentsOf(step, stack),
            { ...(step.unordered ? {} : { RECORDER_SERIAL: "1" }), ...step.env },
            { until: isKilled, printed },
        );
        const result = await this.#resultOf(step, stack, exit, this.#calls().slice(from));
        if (step.args?.includes("--json")) result.previewJson = previewJson(printed.join(""));
        if (!step.unordered) canonical(result, this.#before.get(stack) ?? []);
        this.#before.set(stack, result.resources);
        return result;
    }

    async #resultOf(step: ScenarioStep, stack: string, exit: number | string, calls: Call[]): Promise<StepResult> {
        const reported = lines(this.#events) as unknown as EngineEvent[];
        // Of a preview that comes before the update the recordings say nothing.
        const events = step.withPreview
            ? reported.slice(reported.findIndex((event) => event.kind === "summary") + 1)
            : reported;
        const { resources, pendingOperations, outputs } = await this.#state(stack);
        const ops = opsOf(events);
        return {
            exit,
            calls: step.unordered ? sortCalls(calls) : calls,
            ...(step.unordered && { maxConcurrent: concurrency(calls) }),
            ...(DEPLOYS.includes(step.command) && {
                ops: step.unordered ? ops.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : ops,
                summary: summaryOf(events),
            }),
            errors: errorsOf(events),
            resources: step.unordered
                ? [...resources].sort((a, b) => (JSON.stringify(a.urn) < JSON.stringify(b.urn) ? -1 : 1))
                : resources,
            pendingOperations,
            outputs,
        };
    }

    async #state(stack: string): Promise<Pick<StepResult, "resources" | "pendingOperations" | "outputs">> {
        const located = locateStack(this.#project, stack, this.#environment);
        if (!located.backend.hasStack(located.reference)) {
            return {
                resources: [],
                pendingOperations: [],
                outputs: { error: `error: no stack named '${stack}' found\n` },
            };
        }
        // Opening the secrets takes its time by design: only where there are some.
        const stored = await exportDeployment(located, this.#environment, false);
        const opened = JSON.stringify(stored).includes('"ciphertext"')
            ? await exportDeployment(located, this.#environment, true)
            : stored;
        for (const form of [stored, opened]) deploymentSchema.parse(form);
        const { deployment } = opened as unknown as {
            deployment?: { resources?: Entry[]; pending_operations?: { type: string; resource: Entry }[] };
        };
        const resources = (deployment?.resources ?? []).map(resource);
        const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
        const pendingOperations = (deployment?.pending_operations ?? []).map((operation) => ({
            type: operation.type,
            resource: resource(operation.resource),
        }));
        return { resources, pendingOperations, outputs: shownOutputs(outputs) };
    }

    async #configure(config: NonNullable<ScenarioStep["config"]>, stack: string): Promise<void> {
        for (const [paths, set] of [
            [[], config],
            [["--path"], config.path ?? {}],
        ] as const) {
            for (const [key, value] of Object.entries(set.plaintext ?? {})) {
                await this.#expectSuccess("config", "set", "--stack", stack, ...paths, key, value);
            }
            for (const [key, value] of Object.entries(set.secret ?? {})) {
                await this.#expectSuccess("config", "set", "--stack", stack, "--secret", ...paths, key, value);
            }
        }
    }

    async #expectSuccess(...args: string[]): Promise<void> {
        const exit = await this.#run(args, {});
        if (exit !== 0) throw new Error(`pulumi-agb ${args.join(" ")} ended with ${exit}`);
    }

    /** The exit status, or the signal that ended it. */
    #run(
        args: string[],
        extra: NodeJS.ProcessEnv,
        { until, printed }: { until?: (() => boolean) | undefined; printed?: string[] } = {},
    ): Promise<number | string> {
        const command = ["--require", join(__dirname, "observe.js"), join(root, "dist", "cli", "main.js"), ...args];
        const child = spawn(process.execPath, command, {
            cwd: this.#project,
            env: { ...this.#environment, ...extra },
            stdio: process.env.REPLAY_SHOW ? "inherit" : ["ignore", "pipe", "ignore"],
        });
        child.stdout?.setEncoding("utf8").on("data", (part: string) => printed?.push(part));
        const watch = until && setInterval(() => until() && child.kill("SIGKILL"), 20);
        return new Promise((resolve, reject) => {
            child.on("error", reject).on("close", (code, signal) => {
                clearInterval(watch);
                resolve(code ?? signal ?? "");
            });
        });
    }

    #calls(): Call[] {
        return lines(this.#log) as Call[];
    }
}

const lines = (file: string): Entry[] =>
    (existsSync(file) ? readFileSync(file, "utf8") : "")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Entry);
const nameOf = (call: Call): Json | undefined =>
    (call.inputs ?? call.news ?? call.props) && ((call.inputs ?? call.news ?? call.props) as Entry).name;

function argumentsOf({ command, args = [], parallel = 1, withPreview }: ScenarioStep, stack: string): string[] {
    const argv = command.split(" ");
    if (DEPLOYS.includes(command)) {
        argv.push("--non-interactive", "--color", "never", "--parallel", String(parallel));
        const isPreview = command === "preview" || args.includes("--preview-only");
        if (!isPreview) argv.push("--yes", ...(withPreview ? [] : ["--skip-preview"]));
    }
    return [...argv, "--stack", stack, ...args];
}

function opsOf(events: EngineEvent[]): Op[] {
    return events.flatMap((event) => {
        if (event.kind !== "begin" && event.kind !== "done" && event.kind !== "failed") return [];
        const { operation, urn, replaceKeys, diffKeys } = event.step;
        return [
            {
                event: event.kind,
                op: operation,
                urn,
                ...(replaceKeys?.length && { keys: replaceKeys }),
                ...(diffKeys?.length && { diffs: diffKeys }),
                ...(event.planning && { planning: true }),
            },
        ];
    });
}

const summaryOf = (events: EngineEvent[]): NonNullable<StepResult["summary"]> =>
    events.flatMap((event) =>
        event.kind === "summary" ? [{ preview: event.planning, result: event.status, changes: event.changes }] : [],
    );

function errorsOf(events: EngineEvent[]): StepResult["errors"] {
    return events.flatMap((event) => {
        if (
            event.kind !== "diagnostic" ||
            event.ephemeral === true ||
            (event.severity !== "error" && event.severity !== "warning")
        ) {
            return [];
        }
        return [
            { ...(event.urn !== undefined && { urn: event.urn }), message: text(`${event.severity}: ${event.text}`) },
        ];
    });
}

/** As `stack output --json --show-secrets` prints them. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
function shownOutputs(value: Json): Json {
    if (Array.isArray(value)) return value.map(shownOutputs);
    if (typeof value !== "object" || value === null) return value;
    if (SIGNATURE in value && typeof value.plaintext === "string") {
        return shownOutputs(JSON.parse(value.plaintext) as Json);
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shownOutputs(item)]));
}
