/** Injected faults of a response as a whole: errors after the effect, incomplete and slow bodies, wrong types. */
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";

/** How long the first half of a truncated body has to arrive before the connection is closed. */
const TRUNCATION_DELAY_MS = 20;

/** Frees what a payload that is not sent holds open. */
export function discardPayload(payload: unknown): void {
    if (payload instanceof Readable) payload.destroy();
}

/** Turns the response to a call that took effect into an error. */
export function errorAfterEffect(
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
    { status, code }: { status: number; code: string },
): string {
    discardPayload(payload);
    const envelope = JSON.stringify({
        success: false,
        code,
        message: "the call failed after it took effect (injected fault)",
        httpStatusCode: status,
        requestId: request.id,
    });
    reply.agbCode = code;
    void reply.code(status).headers({
        "content-type": "application/json; charset=utf-8",
        "content-length": Buffer.byteLength(envelope),
    });
    return envelope;
}

/** The first half of the payload, after which the connection is closed. */
export function firstHalf(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    const body = bodyOf(reply, payload);
    if (body === undefined) return payload;
    void reply.header("content-length", body.length);
    return Readable.from(
        (async function* () {
            let left = Math.floor(body.length / 2);
            for await (const chunk of body.chunks) {
                yield chunk.subarray(0, left);
                left -= chunk.length;
                if (left <= 0) break;
            }
            await setTimeout(TRUNCATION_DELAY_MS);
            request.raw.socket.destroy();
        })(),
    );
}

/** The payload, one byte at a time. */
export function singleBytes(reply: FastifyReply, payload: unknown, pauseMs: number): unknown {
    const body = bodyOf(reply, payload);
    if (body === undefined) return payload;
    void reply.header("content-length", body.length);
    return Readable.from(
        (async function* () {
            for await (const chunk of body.chunks) {
                for (let index = 0; index < chunk.length; index++) {
                    yield chunk.subarray(index, index + 1);
                    await setTimeout(pauseMs);
                }
            }
        })(),
    );
}

interface Body {
    length: number;
    chunks: Iterable<Buffer> | AsyncIterable<Buffer>;
}

/** The bytes of a payload; `undefined` if there are none. */
function bodyOf(reply: FastifyReply, payload: unknown): Body | undefined {
    if (typeof payload === "string") {
        const bytes = Buffer.from(payload);
        return { length: bytes.length, chunks: [bytes] };
    }
    if (!(payload instanceof Readable)) return undefined;
    return { length: Number(reply.getHeader("content-length")), chunks: payload as AsyncIterable<Buffer> };
}

/** A successful envelope in which numbers, texts and truth values have other types, except for `success`. */
export function withWrongTypes(envelope: object): object {
    return Object.fromEntries(
        Object.entries(envelope).map(([key, value]) => [key, key === "success" ? value : retyped(value)]),
    );
}

function retyped(value: unknown): unknown {
    if (typeof value === "string") return value.length;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (Array.isArray(value)) return value.map(retyped);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, retyped(entry)]));
}
