/** The engine without processes and files: every moment of a deployment is a step of a scheduler, and it can be killed at any step. */
import type fc from "fast-check";
import { expect } from "vitest";
import type { DeploymentOptions, DeploymentRequest, SnapshotStore } from "../../../engine/model/request";
import type { Program as RunningProgram, ProgramHost } from "../../../engine/execute/programHost";
import { ProviderRegistry } from "../../../engine/execute/providers";
import { ProviderGone, type ProviderServer } from "../../../engine/execute/providerServer";
import { Run } from "../../../engine/execute/run";
import { EventReporter } from "../../../engine/execute/eventReporter";
import { PriorState } from "../../../engine/plan/priorState";
import { AlreadyReported } from "../../../engine/plan/errors";
import type { RegisterResult, ResourceGoal } from "../../../engine/plan/goal";
import type { CreateResult, ResourceProvider } from "../../../engine/plan/provider";
import { mapValues, withoutSecrets } from "../../../engine/model/values";
import { ProviderError } from "../../../engine/protocol/providerProcess";
import { CheckpointWriter, decodeSnapshot, parseCheckpoint } from "../../../engine/state/checkpoint";
import type { PropertyMap, Snapshot } from "../../../engine/model/types";
import type { Account, Answer, Call } from "./account";
import { ACCOUNT, goalOf, neededBy, providerGoal, stackGoal } from "./goals";
import type { Engine, Outcome } from "./lifecycle";
import { PROJECT, providersOf, STACK, type Deployment, type Program } from "./programs";

const NOT_SAVED = "The state could not be saved.";

/** The moments of one deployment. */
class Moments {
    readonly #scheduler: fc.Scheduler;
    readonly #killedAt: number | undefined;
    #passed = 0;
    #end: () => void = () => undefined;
    readonly killed = new Promise<void>((resolve) => (this.#end = resolve));

    constructor(scheduler: fc.Scheduler, killedAt: number | undefined) {
        this.#scheduler = scheduler;
        this.#killedAt = killedAt;
    }

    /** Resolves when it is its turn; never, once the engine has been killed. */
    async pass(what: string): Promise<void> {
        await this.#scheduler.schedule(Promise.resolve(), what);
        if (this.#passed++ === this.#killedAt) this.#end();
        if (this.#passed > (this.#killedAt ?? Infinity)) await new Promise(() => undefined);
    }
}

export class InMemoryEngine implements Engine {
    readonly #scheduler: fc.Scheduler;
    readonly #account: Account;
    #disk: string;
    #hasFailedToSave = false;
    readonly #writer = new CheckpointWriter(`organization/${PROJECT}/${STACK}`, "", (plaintext) => ({ plaintext }));

    constructor(scheduler: fc.Scheduler, account: Account) {
        this.#scheduler = scheduler;
        this.#account = account;

        this.#disk = this.#writer.checkpoint({ resources: [], pendingOperations: [] });
    }

    state(): Promise<Snapshot> {
        return Promise.resolve(this.#read());
    }

    unprotect(): Promise<void> {
        this.#disk = this.#disk.replaceAll('"protect":true,', "");
        return Promise.resolve();
    }

    async deploy(deployment: Deployment): Promise<Outcome> {
        const moments = new Moments(this.#scheduler, deployment.killedAt);
        const errors: string[] = [];
        const request = requestOf(deployment, this.#read(), this.#store(moments, deployment.unsaved), errors);
        const reporter = new EventReporter(request.onEvent, false, deployment.operation === "refresh");
        let prior = new PriorState(request.snapshot.resources);
        const providers = new ProviderRegistry({
            dryRun: false,
            prior: () => prior,
            readStackOutputs: request.readStackOutputs,
            startServer: () => serverOf(this.#account, moments),
        });
        const startProgram = (host: ProgramHost): RunningProgram => {
            let hasEnded = false;
            const pass = async (what: string): Promise<void> => {
                await moments.pass(what);
                if (hasEnded) await new Promise(() => undefined);
            };
            return {
                finished: runProgram(deployment.program, host, pass, errors),
                end: () => {
                    hasEnded = true;
                    return Promise.resolve(deployment.program.exitsWith === undefined ? "succeeded" : "failed");
                },
            };
        };
        const run = new Run(request, {
            providers,
            reporter,
            prior: () => prior,
            setPrior: (refreshed) => (prior = refreshed),
            startProgram: deployment.operation === "up" ? startProgram : undefined,
        });
        const killed = moments.killed.then((): Outcome => ({ how: "cut off", errors: "" }));
        const ended = run.run().then(
            ({ status, changes }): Outcome => {
                const isAsExpected =
                    deployment.expectNoChanges !== true ||
                    Object.keys(changes).every((operation) => operation === "same");
                return {
                    how: status === "succeeded" && isAsExpected ? "succeeded" : "failed",
                    errors: errors.join("\n"),
                };
            },
            (error: unknown): Outcome => ({ how: "failed", errors: (error as Error).message }),
        );
        const outcome = await this.#scheduler.waitFor(Promise.race([killed, ended]));
        if (this.#hasFailedToSave && outcome.how !== "cut off") {
            expect(outcome).toEqual({ how: "failed", errors: NOT_SAVED });
        }
        return outcome;
    }

    #read(): Snapshot {
        return decodeSnapshot(parseCheckpoint(this.#disk, "dev.json").deployment, (text) => text);
    }

    #store(moments: Moments, unsaved: Deployment["unsaved"] = { from: 0, saves: 0 }): SnapshotStore {
        let saves = 0;
        this.#hasFailedToSave = false;
        return {
            save: async (snapshot) => {
                const text = this.#writer.checkpoint(snapshot);
                const position = saves++ - unsaved.from;
                await moments.pass("save");
                if (position >= 0 && position < unsaved.saves) {
                    this.#hasFailedToSave = true;
                    throw new Error(NOT_SAVED);
                }
                this.#disk = text;
                await moments.pass("saved");
            },
        };
    }
}

export function requestOf(
    {
        operation,
        parallel,
        continueOnError,
        refresh,
        clearPendingCreates = false,
        targets,
        excludes,
        withDependents,
        replaces,
    }: Deployment,
    snapshot: Snapshot,
    store: SnapshotStore,
    errors: string[],
): DeploymentRequest {
    const options: DeploymentOptions = {
        ...{ parallel, refresh, continueOnError, clearPendingCreates },
        ...{ targets, excludes, excludeProtected: false, replace: replaces },
        targetDependents: withDependents && targets.length > 0,
        excludeDependents: withDependents && excludes.length > 0 && operation !== "destroy",
    };
    return {
        ...{
            operation,
            dryRun: false,
            stack: STACK,
            organization: "organization",
            config: new Map(),
            secretKeys: new Set(),
            snapshot,
            store,
            options,
        },
        project: { name: PROJECT, root: "/", programDirectory: "/", program: "index.js", runtimeOptions: {} },
        readStackOutputs: () => Promise.resolve(undefined),
        onEvent: (event) => {
            if (event.kind === "diagnostic" && event.severity === "error") errors.push(event.text);
        },
        signal: new AbortController().signal,
        environment: {},
    };
}

/** Does what the SDK does: everything is registered as soon as what it needs has been. */
async function runProgram(program: Program, host: ProgramHost, pass: Moments["pass"], errors: string[]): Promise<void> {
    let isBroken = false;
    const fail = (error: string): never => {
        isBroken = true;
        errors.push(error);
        throw new AlreadyReported(error);
    };
    const register = async (goal: ResourceGoal): Promise<RegisterResult> => {
        // What has been sent arrives, even when the program has ended.
        if (isBroken) await new Promise(() => undefined);
        await pass(`register ${goal.name}`);
        const registered = await host.register(goal);
        await pass(`registered ${goal.name}`);
        return registered.result === "success" ? registered : fail(`${goal.name} was not registered`);
    };
    const stack = register(stackGoal);
    const providers = new Map(
        providersOf(program).map((name) => [name, stack.then(({ urn }) => register(providerGoal(name, urn)))]),
    );
    const registered = new Map<number, Promise<RegisterResult>>();
    for (const [position, declared] of program.resources.entries()) {
        if (position === program.breaksAt) fail("the program breaks");
        const begin = async (): Promise<RegisterResult> => {
            const needed = await Promise.all(
                neededBy(declared).map(async (slot) => [slot, (await registered.get(slot)) as RegisterResult] as const),
            );
            const provider = await providers.get(declared.provider ?? "");
            const { urn } = await stack;
            const result = await register(goalOf(declared, ACCOUNT, urn, new Map(needed), provider));
            if (declared.component) await host.registerOutputs(result.urn, {});
            return result;
        };
        registered.set(declared.slot, begin());
    }
    await Promise.all([stack, ...providers.values(), ...registered.values()]);
    await host.registerOutputs((await stack).urn, {});
}

/** What the provider receives. */
const plain = (properties: PropertyMap): PropertyMap => mapValues(properties, withoutSecrets);

/** The account as the provider sees it: each call takes its time on its way there, and on its way back. */
function serverOf(account: Account, moments: Moments): ProviderServer {
    let hasEnded = false;
    const call = async (asked: Call): Promise<Exclude<Answer, { kind: "provider ended" }>> => {
        await moments.pass(`${asked.method} ${asked.id ?? ""}`);
        const answer: Answer = hasEnded ? { kind: "provider ended" } : account.answer(asked);
        if (answer.kind === "provider ended") hasEnded = true;
        await moments.pass(`answer to ${asked.method} ${asked.id ?? ""}`);
        // Who ends takes all other calls along.
        if (answer.kind === "provider ended" || hasEnded) throw new ProviderGone("The provider process ended.");
        return answer;
    };
    const done = async (asked: Call): Promise<Extract<Answer, { kind: "done" }>["result"]> => {
        const answer = await call(asked);
        if (answer.kind === "done") return answer.result;
        throw new ProviderError(answer.kind === "failed" ? answer.reason : "unexpected");
    };
    const make = async (asked: Call): Promise<CreateResult> => {
        const answer = await call(asked);
        if (answer.kind === "failed") throw new ProviderError(answer.reason);
        if (answer.kind === "done in part") return { id: answer.id, outputs: answer.outs, initErrors: answer.reasons };
        return { id: answer.result.id ?? "", outputs: answer.result.outs ?? {} };
    };
    const provider: ResourceProvider = {
        check: async (_urn, olds = {}, news) => ({
            inputs: (await done({ method: "check", olds, news })).outs ?? {},
            failures: [],
        }),
        diff: async ({ id = "", outputs = {} }, news) => {
            const olds = plain(outputs);
            const { changes = "unknown", replaces = [] } = await done({ method: "diff", id, olds, news: plain(news) });
            return { changes, replaceKeys: replaces, changedKeys: [], deleteBeforeReplace: false };
        },
        create: ({ inputs = {} }) => make({ method: "create", news: plain(inputs) }),
        update: ({ id = "", outputs = {} }, { inputs = {} }) =>
            make({ method: "update", id, olds: plain(outputs), news: plain(inputs) }),
        read: async (_urn, id, outputs = {}) => {
            const { id: found = "", outs = {} } = await done({ method: "read", id, olds: plain(outputs) });
            return { id: found, outputs: outs };
        },
        delete: async ({ id = "" }) => {
            await done({ method: "delete", id });
        },
    };
    return { configure: () => Promise.resolve(provider), end: () => Promise.resolve() };
}
