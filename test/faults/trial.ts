/** One trial: an operation under a fault, the next deployment without it, and a destroy. */
import { setTimeout } from "node:timers/promises";
import { errorMessage } from "../../common/errorMessage";
import type { Fault } from "../../emulator/index";
import { AgbClient } from "../../provider/agb";
import { readNote } from "../../provider/handlers/contextNotes";
import { readAttempt } from "../../provider/handlers/session/attempts";
import { ATTEMPT_LABEL } from "../../provider/handlers/session/labels";
import { SHORT_TIMINGS, type TestAgb } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";
import { CALL_TIMEOUT_MS, POLLED, type Placement } from "./kinds";
import { calm, perform, TIMEOUT, type Scene, type Story, type World } from "./scene";

export interface Trial {
    story: Story;
    call: string;
    kind: string;
    placement: Placement;
}

export interface Verdict {
    /** Whether the operation succeeded despite the fault. */
    succeeded: boolean;
    /** The message of the operation. */
    message: string;
    /** What should not have happened. */
    problems: string[];
}

export const titleOf = ({ story, call, kind, placement }: Trial): string =>
    `${story.resource}, ${story.operation}: ${call} ${placement === "all" ? "always" : `no. ${placement}`}: ${kind}`;

/** The problem of a trial that says nothing about its fault. */
export const NOT_OCCURRED = "the fault did not occur";
const MAX_MESSAGE_LENGTH = 1200;
/** How long an operation may take: its own limit, and the calls and repetitions that it has begun. */
const MAX_ACT_MS = 4000;
const A_SECOND_MS = 1000;
/** How much longer than a call an injected delay may take. */
const LATE_MS = 250;

/** A fault at some occurrences of a call. */
class PlacedFault implements Fault {
    readonly call: string;
    readonly kind: string;
    readonly #placement: Placement;
    #occurrences = 0;

    constructor({ call, kind, placement }: Pick<Trial, "call" | "kind" | "placement">) {
        this.call = call;
        this.kind = kind;
        this.#placement = placement;
    }

    /** Whether the call has occurred as often as the placement needs it to. */
    get hasOccurred(): boolean {
        return this.#occurrences >= (this.#placement === "all" ? 1 : this.#placement);
    }

    /** The local AGB asks once for each such call. */
    get probability(): number {
        this.#occurrences++;
        return this.#placement === "all" || this.#placement === this.#occurrences ? 1 : 0;
    }
}

/** Runs a trial. `limitFactor` lengthens the limit of a call, for a machine that is too busy for the usual one. */
export async function run(trial: Trial, { agb, name }: Pick<World, "agb" | "name">, limitFactor = 1): Promise<Verdict> {
    const world = { agb, name, timeout: `${limitFactor}s` };
    const scene = await trial.story.prepare(world);
    if (trial.kind === "shift") await scene.fill?.();
    // Times of tasks are whole seconds, so a sync waits for the next second to distinguish its task from an earlier one.
    await agb.local.clock.advance(A_SECOND_MS);
    const { reporter, lines } = recordingReporter();
    const client = new AgbClient(
        { endpoint: agb.local.endpoint, apiKey: agb.local.apiKey, timeoutMs: CALL_TIMEOUT_MS * limitFactor },
        SHORT_TIMINGS,
    );
    const fault = new PlacedFault({ ...trial, kind: withFactor(trial.kind, limitFactor) });
    agb.local.faults.push(fault);
    let failure: unknown;
    try {
        const act = perform(scene, accountOf(client, reporter), world.timeout);
        await Promise.race([act, tooLate(MAX_ACT_MS * limitFactor)]);
    } catch (error) {
        failure = error;
    } finally {
        agb.local.faults.splice(0);
        void client.close();
    }
    if (trial.kind.startsWith("delay")) await setTimeout(LATE_MS * limitFactor);
    const isRefused = trial.story.operation.endsWith("refused");
    const message = failure === undefined ? "" : errorMessage(failure);
    const problems = [
        ...(fault.hasOccurred || POLLED.includes(trial.call) ? [] : [NOT_OCCURRED]),
        ...(isRefused && failure === undefined ? ["succeeded, but it must be refused"] : []),
        ...(failure === undefined ? [] : messageProblems(message, scene)),
        ...lines.filter((line) => line.includes("\n")).map((line) => `a line with a break: ${JSON.stringify(line)}`),
        ...(await unknownResources(scene, world)).map((text) => `unknown to the state: ${text}`),
        ...(await scene.lost()).map((text) => `lost: ${text}`),
        ...(await nextRun(scene, world)),
    ];
    await clear(agb);
    return { succeeded: failure === undefined, message, problems };
}

/** The same fault for limits that are longer by a factor. */
const withFactor = (kind: string, factor: number): string =>
    kind.replace(
        /^(delay|trickle)=(\d+)$/,
        (_, name: string, milliseconds: string) => `${name}=${Number(milliseconds) * factor}`,
    );

/** Part of the message of an operation that took too long. */
export const NOT_ENDED = "did not end within";

/** Rejects after a time in which every operation should have ended. */
async function tooLate(milliseconds: number): Promise<never> {
    await setTimeout(milliseconds, undefined, { ref: false });
    throw new Error(`${NOT_ENDED} ${milliseconds} ms`);
}

function messageProblems(message: string, { deployment }: Scene): string[] {
    const problems: string[] = [];
    if (!message.includes(deployment.displayName)) {
        problems.push(`message without ${deployment.displayName}: ${message}`);
    }
    if (/[\u0000-\u001f\u007f-\u009f]/.test(message)) problems.push(`control characters: ${JSON.stringify(message)}`);
    if (message.length > MAX_MESSAGE_LENGTH) problems.push(`${message.length} characters`);
    return problems;
}

/** What exists in the account, but neither in the state nor in a journal of attempts. */
async function unknownResources(scene: Scene, world: World): Promise<string[]> {
    const { deployment, contexts = [], sessions = [] } = scene;
    const { client, ...agb } = world.agb;
    const known = new Set([...deployment.ids, ...contexts, ...sessions]);
    const unknown: string[] = [];
    for await (const { id, name } of client.listContexts()) {
        if (known.has(id)) continue;
        const note = await readNote(calm(world), originOf(deployment.name));
        if (note === undefined || (note.id ?? id) !== id || note.name !== name) unknown.push(`context ${id}`);
    }
    for (const id of await agb.sessions()) {
        if (known.has(id)) continue;
        const attempt = (await client.getLabels(id))[ATTEMPT_LABEL] ?? "";
        if ((await readAttempt(attempt)) === undefined) unknown.push(`session ${id}`);
    }
    return unknown;
}

/** Deploys again without a fault, and destroys. */
async function nextRun(scene: Scene, world: World): Promise<string[]> {
    const { deployment, goal } = scene;
    const problems: string[] = [];
    const attempt = async <T>(what: string, action: () => Promise<T>): Promise<T | undefined> => {
        try {
            return await action();
        } catch (error) {
            problems.push(`${what}: ${errorMessage(error)}`);
            return undefined;
        }
    };
    const note = async (what: string, look: (() => Promise<string[]>) | undefined) => {
        await attempt(what, async () => problems.push(...((await look?.()) ?? []).map((text) => `${what}: ${text}`)));
    };
    deployment.limitDelete(TIMEOUT);
    if (goal !== undefined) {
        const up = () => deployment.up(goal, calm(world), TIMEOUT);
        await attempt("the next up", up);
        const step = await attempt("the up after that", up);
        if (step !== undefined && step !== "same") problems.push(`the up after that: ${step}`);
        await note("not as declared", scene.unmet);
        await note("lost after the next up", scene.lost);
        await attempt("the preparation of destroy", () => scene.beforeDestroy?.() ?? Promise.resolve());
    }
    await attempt("destroy", () => deployment.destroy(calm(world)));
    if (goal === undefined) await note("not as declared", scene.unmet);
    await note("lost after destroy", scene.gone);
    await note("left after destroy", () => unknownResources(scene, world));
    return problems;
}

/** Removes everything from the account. */
export async function clear({ client, local, ...agb }: TestAgb): Promise<void> {
    for (const id of await agb.sessions()) await client.releaseSession(id);
    await local.whenIdle();
    for (const id of await agb.contexts()) await client.deleteContext(id);
}
