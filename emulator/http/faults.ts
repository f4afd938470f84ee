import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../apiError";

/** Something that goes wrong on purpose. */
export interface Fault {
    /** The last part of the call's address, such as `SyncContext`; `*` is every call. */
    call: string;
    /**
     * `429`, `503`; `delay` (2 s, or `delay=MS`), `hang`, `reset`, `truncated`, `html`; `fail`: the sync tasks that it starts fail; `after`: it takes
     * effect and answers with a failure; anything else is the error code that it answers with.
     */
    kind: string;
    /** From 0 to 1. */
    probability: number;
    /** How many times at the most. */
    count?: number;
}

declare module "fastify" {
    interface FastifyRequest {
        fault: string | undefined;
    }
}

const DELAY_MS = 2000;

/** Reads `CALL:KIND:PROBABILITY[:COUNT]`. */
export function parseFault(text: string): Fault {
    const [call, kind, probability, count, ...rest] = text.split(":");
    const fault = {
        call: call ?? "",
        kind: kind ?? "",
        probability: Number(probability || NaN),
        ...(count !== undefined && { count: Number(count || NaN) }),
    };
    const sound =
        fault.call !== "" &&
        fault.kind !== "" &&
        fault.probability >= 0 &&
        fault.probability <= 1 &&
        (count === undefined || Number.isInteger(fault.count)) &&
        rest.length === 0;
    if (!sound)
        throw new Error(
            `"${text}" is not a fault. Give CALL:KIND:PROBABILITY[:COUNT], such as SyncContext:503:0.2 or createSession:hang:1:1`,
        );
    return fault;
}

export const callOf = (url: string): string =>
    url.startsWith("/objects/") ? "objects" : ((url.split("?")[0] ?? "").split("/").at(-1) ?? "");
export const faultOf = (request: FastifyRequest): string | undefined => request.fault;

/** Makes calls go wrong as told. The list may change while the server runs. */
export function injectFaults(app: FastifyInstance, faults: Fault[]): void {
    app.decorateRequest("fault", undefined);

    app.addHook("onRequest", async (request, reply) => {
        const fault = faults.find(
            (each) =>
                (each.call === "*" || each.call === callOf(request.url)) &&
                each.count !== 0 &&
                Math.random() < each.probability,
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
                await setTimeout(Number(value ?? DELAY_MS));
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
                throw new ApiError("Throttling.User", "there are too many requests", 429);
            case "503":
                throw new ApiError("ServiceUnavailable", "the service is not available", 503);
            default:
                throw new ApiError(fault.kind, `the call failed with ${fault.kind}, as it was told to`);
        }
    });

    app.addHook("preSerialization", (request, _reply, payload, done) => {
        if (request.fault === "after" && (payload as { success?: boolean } | undefined)?.success)
            done(new ApiError("InternalError", "something failed after the call had taken effect", 500));
        else done(null, payload);
    });

    app.addHook("onSend", (request, reply, payload, done) => {
        if (request.fault === "truncated" && typeof payload === "string") {
            void reply.header("content-length", Buffer.byteLength(payload));
            done(null, Readable.from(half(payload, request)));
        } else done(null, payload);
    });
}

async function* half(payload: string, request: FastifyRequest): AsyncGenerator<string> {
    yield payload.slice(0, payload.length / 2);
    await setTimeout(20);
    request.raw.socket.destroy();
}
