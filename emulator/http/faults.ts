/** Fault injection: makes calls fail on purpose. */
import { setTimeout } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../apiError";
import { ok } from "./envelope";
import { splitKind, takesEffect, type ActiveFault, type Fault } from "./faultKinds";
import { alterListing, askForFirstPage } from "./listingFaults";
import { discardPayload, errorAfterEffect, firstHalf, singleBytes, withWrongTypes } from "./responseFaults";

declare module "fastify" {
    interface FastifyRequest {
        fault: ActiveFault | undefined;
    }
}

const DEFAULT_DELAY_MS = 2000;
const DEFAULT_TRICKLE_MS = 300;

export const callOf = (url: string): string =>
    url.startsWith("/objects/") ? "objects" : ((url.split("?")[0] ?? "").split("/").at(-1) ?? "");
export const faultOf = (request: FastifyRequest): ActiveFault | undefined => request.fault;
export const failsSyncs = (request: FastifyRequest): boolean => request.fault?.name === "fail";

/** Adds the faults to all calls of `app`. The list may change while the server runs. */
export function injectFaults(app: FastifyInstance, faults: Fault[]): void {
    app.decorateRequest("fault", undefined);

    app.addHook("onRequest", (request, reply, next) => {
        const fault = faults.length > 0 && pickFault(faults, callOf(request.url));
        if (!fault) {
            next();
            return;
        }
        if (fault.count !== undefined) fault.count--;
        request.fault = splitKind(fault.kind);
        beforeEffect(request.fault, fault.kind, request, reply).then(() => next(), next);
    });

    app.addHook("preSerialization", (request, _reply, payload, done) => {
        const isSuccess = (payload as { success?: boolean } | undefined)?.success === true;
        if (!isSuccess || request.fault === undefined) done(null, payload);
        else if (request.fault.name === "types") done(null, withWrongTypes(payload as object));
        else done(null, alterListing(request.fault, request, payload as object));
    });

    app.addHook("onSend", (request, reply, payload, done) => {
        const altered = afterEffect(request, reply, payload);
        if (altered !== NEVER) done(null, altered);
    });
}

/** The probability is read for calls that the fault concerns only, and no more than once for each. */
const pickFault = (faults: readonly Fault[], call: string): Fault | undefined =>
    faults.find((one) => (one.call === "*" || one.call === call) && one.count !== 0 && Math.random() < one.probability);

/** Faults before the effect. Resolves without a value if the call continues. */
async function beforeEffect(fault: ActiveFault, kind: string, request: FastifyRequest, reply: FastifyReply) {
    const { name, value } = fault;
    if (name === "delay") await setTimeout(Number(value ?? DEFAULT_DELAY_MS));
    if (name === "endless") askForFirstPage(request);
    if (takesEffect(fault)) return undefined;
    switch (name) {
        case "hang":
            reply.hijack();
            return undefined;
        case "reset":
            reply.hijack();
            request.raw.socket.resetAndDestroy();
            return undefined;
        case "html":
            return reply.code(200).type("text/html").send("<html><body><h1>Welcome</h1></body></html>");
        case "redirect":
            return reply
                .code(302)
                .headers({ location: "/moved", "content-type": "application/json" })
                .send(JSON.stringify({ ...ok({}), requestId: request.id }));
        case "403":
            throw new ApiError(value || "Quota.Exceeded", "the quota of this account is used up (injected fault)", 403);
        case "429":
            if (value !== "") void reply.header("retry-after", value ?? "1");
            throw new ApiError("Throttling.User", "too many requests (injected fault)", 429);
        case "503":
            throw new ApiError("ServiceUnavailable", "the service is unavailable (injected fault)", 503);
        default:
            throw new ApiError(kind, `the call failed with ${kind} (injected fault)`);
    }
}

const NEVER = Symbol("never");

/** Faults of the response to a call that took effect. Returns the payload to send, or `NEVER`. */
function afterEffect(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    if (request.fault === undefined || reply.statusCode >= 300) return payload;
    const { name, value } = request.fault;
    switch (name) {
        case "after":
            return errorAfterEffect(request, reply, payload, { status: 500, code: "InternalError" });
        case "503after":
            return errorAfterEffect(request, reply, payload, { status: 503, code: "ServiceUnavailable" });
        case "reset-after":
            discardPayload(payload);
            request.raw.socket.resetAndDestroy();
            return NEVER;
        case "hang-after":
            discardPayload(payload);
            return NEVER;
        case "truncated":
            return firstHalf(request, reply, payload);
        case "trickle":
            return singleBytes(reply, payload, Number(value ?? DEFAULT_TRICKLE_MS));
        default:
            return payload;
    }
}
