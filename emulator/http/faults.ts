/** Fault injection: makes calls fail on purpose. */
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../apiError";

export interface Fault {
    /** The last component of the call's URL, such as `SyncContext`. `*` matches every call. */
    call: string;
    /**
     * `429` or `503`: responds with that status. `delay` (2 s) or `delay=MS`: responds late. `hang`: never responds.
     * `reset`: resets the connection. `truncated`: sends half of the body. `html`: responds with a web page. `fail`: the
     * sync tasks that the call starts fail. `after`: takes effect, but responds with an error. Anything else is the error
     * code to respond with.
     */
    kind: string;
    /** From 0 to 1. */
    probability: number;
    /** How often the fault occurs at most. */
    count?: number;
}

declare module "fastify" {
    interface FastifyRequest {
        fault: string | undefined;
    }
}

const DEFAULT_DELAY_MS = 2000;
const TRUNCATION_DELAY_MS = 20;

/** Parses `CALL:KIND:PROBABILITY[:COUNT]`. */
export function parseFault(text: string): Fault {
    const [call, kind, probability, count, ...rest] = text.split(":");
    const fault = {
        call: call ?? "",
        kind: kind ?? "",
        probability: Number(probability || NaN),
        ...(count !== undefined && { count: Number(count || NaN) }),
    };
    const isValid =
        fault.call !== "" &&
        fault.kind !== "" &&
        fault.probability >= 0 &&
        fault.probability <= 1 &&
        (count === undefined || Number.isInteger(fault.count)) &&
        rest.length === 0;
    if (!isValid) {
        throw new Error(
            `"${text}" is not a valid fault. Use CALL:KIND:PROBABILITY[:COUNT], such as SyncContext:503:0.2 or createSession:hang:1:1`,
        );
    }
    return fault;
}

export const callOf = (url: string): string =>
    url.startsWith("/objects/") ? "objects" : ((url.split("?")[0] ?? "").split("/").at(-1) ?? "");
export const faultOf = (request: FastifyRequest): string | undefined => request.fault;

/** Adds the faults to all calls of `app`. The list may change while the server runs. */
export function injectFaults(app: FastifyInstance, faults: Fault[]): void {
    app.decorateRequest("fault", undefined);

    app.addHook("onRequest", async (request, reply) => {
        const fault = faults.find(
            ({ call, count, probability }) =>
                (call === "*" || call === callOf(request.url)) && count !== 0 && Math.random() < probability,
        );
        if (fault === undefined) return;
        if (fault.count !== undefined) fault.count--;
        const [kind, value] = fault.kind.split("=");
        request.fault = kind;
        switch (kind) {
            case "fail":
            case "after":
            case "truncated":
                return;
            case "delay":
                await setTimeout(Number(value ?? DEFAULT_DELAY_MS));
                return;
            case "hang":
                reply.hijack();
                return;
            case "reset":
                reply.hijack();
                request.raw.socket.resetAndDestroy();
                return;
            case "html":
                return reply.code(200).type("text/html").send("<html><body><h1>Welcome</h1></body></html>");
            case "429":
                void reply.header("retry-after", "1");
                throw new ApiError("Throttling.User", "too many requests (injected fault)", 429);
            case "503":
                throw new ApiError("ServiceUnavailable", "the service is unavailable (injected fault)", 503);
            default:
                throw new ApiError(fault.kind, `the call failed with ${fault.kind} (injected fault)`);
        }
    });

    app.addHook("preSerialization", (request, _reply, payload, done) => {
        if (request.fault === "after" && (payload as { success?: boolean } | undefined)?.success) {
            done(new ApiError("InternalError", "the call failed after it took effect (injected fault)", 500));
        } else done(null, payload);
    });

    app.addHook("onSend", (request, reply, payload, done) => {
        if (request.fault === "truncated" && typeof payload === "string") {
            void reply.header("content-length", Buffer.byteLength(payload));
            done(null, Readable.from(firstHalf(payload, request)));
        } else done(null, payload);
    });
}

async function* firstHalf(payload: string, request: FastifyRequest): AsyncGenerator<string> {
    yield payload.slice(0, payload.length / 2);
    await setTimeout(TRUNCATION_DELAY_MS);
    request.raw.socket.destroy();
}
