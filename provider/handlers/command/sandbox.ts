/** The runs of a command in its session: scripts that are safe to repeat, sent until AGB answers one. */
import { z } from "zod";
import { parseJson } from "../../../common/parseJson";
import { AgbApiError, AgbConnectionError, isKeyRejected, sessionEndState, type AgbClient } from "../../agb/index";
import { calls } from "../../agb/calls";
import { FIRST_PAUSE_MS, nextPause, sleep, withJitter } from "../../agb/polling";
import {
    discardScript,
    endScript,
    forgetScript,
    latestScript,
    partPath,
    startScript,
    statusScript,
    type Position,
    type RunAddress,
} from "./script";

/** How long AGB lets a script run. The longest of them ends processes. */
const SCRIPT_TIMEOUT_MS = 20_000;
/** The tools of AGB take texts of limited size. */
const PART_LENGTH = 48 * 1024;

const resultSchema = z.object({ stdout: z.string() });

/** A piece of an output. */
export interface Piece {
    /** The size of the whole output so far. */
    size: number;
    from: number;
    bytes: Buffer;
}

export interface RunStatus {
    number: number;
    /** `starting` until its process has recorded itself, and `lost` if that ended without an exit code. */
    state: "none" | "starting" | "running" | "ended" | "lost";
    /** Identifies what it executes. */
    digest?: string | undefined;
    exitCode?: number | undefined;
    startedAt?: string | undefined;
    finishedAt?: string | undefined;
    stdout?: Piece | undefined;
    stderr?: Piece | undefined;
}

/** The session is being released, or is gone. */
export class SessionEndedError extends Error {
    override readonly name = "SessionEndedError";
}

export class SandboxRuns {
    readonly #agb: AgbClient;
    readonly #sessionId: string;

    constructor(agb: AgbClient, sessionId: string) {
        this.#agb = agb;
        this.#sessionId = sessionId;
    }

    /** The latest run of a command. */
    async latest(id: string): Promise<RunStatus> {
        return readStatus(await this.#run(latestScript(id)), 0);
    }

    /** Starts a run unless it was started before. */
    async start(address: RunAddress, text: string, digest: string): Promise<RunStatus> {
        const encoded = Buffer.from(text).toString("base64");
        const parts = Math.ceil(encoded.length / PART_LENGTH);
        for (let part = 0; part < parts; part++) {
            const content = encoded.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH);
            const file = { path: partPath(address.id, part), content, mode: "overwrite" };
            await this.#untilAnswered(() => this.#agb.callTool(this.#sessionId, "write_file", file));
        }
        return readStatus(await this.#run(startScript(address, parts, digest)), address.number);
    }

    /** The status of a run, with its outputs from the given positions on. */
    async status(address: RunAddress, stdout: Position, stderr: Position): Promise<RunStatus> {
        return readStatus(await this.#run(statusScript(address, stdout, stderr)), address.number);
    }

    /** Ends a run with all its processes. */
    async end(address: RunAddress): Promise<RunStatus> {
        const ended = readStatus(await this.#run(endScript(address)), address.number);
        if (ended.state === "running") throw new Error("its processes do not end");
        return ended;
    }

    /** Ends all processes of a command and removes its files. */
    async discard(id: string): Promise<void> {
        const answer = await this.#run(discardScript(id));
        if (answer.get("state") !== "none") throw new Error("its processes do not end, or its files cannot be removed");
    }

    /** Removes the files of a command. Processes that it has left behind continue. */
    async forget(id: string): Promise<void> {
        await this.#run(forgetScript(id));
    }

    #run(script: string): Promise<ReadonlyMap<string, string>> {
        return this.#untilAnswered(async () => {
            const args = { command: script, timeout_ms: SCRIPT_TIMEOUT_MS };
            return parseAnswer(await this.#agb.callTool(this.#sessionId, "shell", args));
        });
    }

    /** Repeats a call, which must be safe to repeat, while it fails for a reason that may pass. */
    async #untilAnswered<T>(call: () => Promise<T>): Promise<T> {
        let giveUpAt: number | undefined;
        for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = nextPause(pauseMs)) {
            try {
                return await call();
            } catch (error) {
                if (await this.#isPermanent(error)) throw error;
                giveUpAt ??= Date.now() + this.#agb.timings.unreadableLimitMs;
                if (Date.now() >= giveUpAt) throw error;
                await sleep(withJitter(pauseMs));
            }
        }
    }

    /** Whether a repetition would fail, too. Throws {@link SessionEndedError} if the session is the reason. */
    async #isPermanent(error: unknown): Promise<boolean> {
        if (error instanceof AgbConnectionError) return false;
        if (!(error instanceof AgbApiError) || isKeyRejected(error)) return true;
        const end = await sessionEndState(this.#agb, this.#sessionId).catch(() => undefined);
        if (end) throw new SessionEndedError(error.message, { cause: error });
        // A script that was ended fails with a result. Anything else that a tool says is final.
        return error.call !== calls.callTool.name && parseJson(error.serverMessage) === undefined;
    }
}

/** The lines that a script has printed, as `@key value`. */
function parseAnswer(text: string): ReadonlyMap<string, string> {
    const parsed = resultSchema.safeParse(parseJson(text));
    const lines = parsed.success ? parsed.data.stdout.split("\n").filter((line) => line.startsWith("@")) : [];
    const answer = new Map(
        lines.map((line): [string, string] => {
            const [, key = "", value = ""] = /^@(\w+) ?(.*)$/.exec(line) ?? [];
            return [key, value];
        }),
    );
    if (!answer.has("complete")) {
        throw new AgbConnectionError("shell", "AGB's answer to the tool shell cannot be read.", true, true);
    }
    return answer;
}

const STATES = ["none", "starting", "running", "ended", "lost"] as const;

function readStatus(answer: ReadonlyMap<string, string>, number: number): RunStatus {
    const exit = answer.get("exit");
    return {
        number: Number(answer.get("number") ?? number),
        state: STATES.find((state) => state === answer.get("state")) ?? "none",
        digest: answer.get("digest"),
        exitCode: exit === undefined ? undefined : Number(exit),
        startedAt: readTime(answer.get("started")),
        finishedAt: readTime(answer.get("finished")),
        stdout: readPiece(answer.get("stdout")),
        stderr: readPiece(answer.get("stderr")),
    };
}

const readTime = (seconds: string | undefined): string | undefined =>
    seconds === undefined ? undefined : new Date(Number(seconds) * 1000).toISOString();

function readPiece(text: string | undefined): Piece | undefined {
    if (text === undefined) return undefined;
    const [size = "", from = "", encoded = ""] = text.split(" ");
    return { size: Number(size), from: Number(from), bytes: Buffer.from(encoded, "base64") };
}
