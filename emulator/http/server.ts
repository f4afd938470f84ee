import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import fastify, { type FastifyInstance } from "fastify";
import { SessionPathError } from "../paths";
import { isForPage, pageRoutes, type PageOptions } from "../statusPage/routes";
import { ApiError } from "../apiError";
import type { Service } from "../service";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { contextCalls } from "./contexts";
import { callOf, injectFaults, type Fault } from "./faults";
import { fileCalls } from "./files";
import { checkHost, checkKey } from "./auth";
import { objectRoutes } from "./objects";
import { sessionCalls } from "./sessions";
import { syncCalls } from "./syncs";
import { toolLinkRoutes } from "./toolLink";
import { toolCalls } from "./tools";

/** The largest JSON body. The SDKs send a file's content in pieces that are far smaller. */
const LARGEST_BODY = 8 * 1024 * 1024;

/** A request as the log shows it: nothing in it is secret. */
export interface RequestLogEntry {
    time: string;
    method: string;
    call: string;
    path: string;
    status: number;
    milliseconds: number;
    code: string;
    requestId: string;
}

export interface HttpOptions {
    /** The keys that are accepted. */
    keys: readonly string[];
    /** The name or address that is listened on. */
    host: string;
    /** Added to each call, in milliseconds. */
    latency: number;
    faults: Fault[];
    /** Names this very server to whoever asks whether it still runs. */
    instance: string;
    log(line: RequestLogEntry): void;
    page: PageOptions;
    /** Called when a request begins; what it gives, when it ends. */
    entered(): () => void;
}

declare module "fastify" {
    interface FastifyReply {
        /** The code in the envelope. */
        agbCode: string;
    }
}

/** The server, not yet listening. */
export function createServer(service: Service, options: HttpOptions): FastifyInstance {
    const app = fastify({
        bodyLimit: LARGEST_BODY,
        forceCloseConnections: true,
        keepAliveTimeout: 75_000,
        requestIdHeader: false,
        genReqId: () => randomUUID(),
        // One of the SDKs asks for `//sdk/GetContext`.
        rewriteUrl: ({ url = "/" }) => url.replace(/^\/+/, "/"),
        routerOptions: { maxParamLength: 5000 },
    });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
        try {
            done(null, body === "" ? {} : JSON.parse(body as string));
        } catch {
            done(new ApiError("InvalidParameter", "the body is not JSON"));
        }
    });
    app.decorateReply("agbCode", "");

    app.addHook("onRequest", async (request, reply) => {
        if (isForPage(request.url)) {
            checkHost(request, options.host);
            return;
        }
        const left = options.entered();
        const began = performance.now();
        // Also comes when the client has gone away, or was cut off.
        reply.raw.once("close", () => {
            left();
            const path = request.url.split("?")[0] ?? "";
            options.log({
                time: new Date(service.clock.now()).toISOString(),
                method: request.method,
                call: callOf(request.url),
                path,
                status: reply.raw.statusCode,
                milliseconds: Math.round(performance.now() - began),
                code: reply.agbCode,
                requestId: request.id,
            });
        });
        void reply.headers({ date: new Date(service.clock.now()).toUTCString(), "x-request-id": request.id });
        checkHost(request, options.host);
        if (options.latency > 0) await setTimeout(options.latency);
    });
    app.setErrorHandler((error, request, reply) => {
        const refusal = asRefusal(error);
        reply.agbCode = refusal.code;
        return reply.code(refusal.httpStatus).send({
            success: false,
            code: refusal.code,
            message: refusal.message,
            httpStatusCode: refusal.httpStatus,
            requestId: request.id,
        });
    });
    app.setNotFoundHandler((request) => {
        throw new ApiError(
            "InvalidAction.NotFound",
            `there is no call ${request.method} ${request.url.split("?")[0] ?? ""}`,
            404,
        );
    });

    app.get("/local/health", () => Promise.resolve({ instance: options.instance }));
    void app.register((calls, _options, done) => {
        calls.addHook("onRequest", (request, _reply, next) => {
            checkKey(request, options.keys);
            next();
        });
        injectFaults(calls, options.faults);
        calls.addHook("preSerialization", (request, _reply, payload, next) =>
            next(null, { ...(payload as object), requestId: request.id }),
        );
        for (const register of [contextCalls, fileCalls, sessionCalls, syncCalls, toolCalls]) register(calls, service);
        done();
    });
    void app.register((objects, _options, done) => {
        injectFaults(objects, options.faults);
        objectRoutes(objects, service);
        done();
    });
    if (service.toolLink) toolLinkRoutes(app, service);
    void app.register((page, _options, done) => {
        pageRoutes(page, service, options.page);
        done();
    });
    return app;
}

function asRefusal(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    if (error instanceof SessionPathError) return new ApiError("InvalidParameter", error.message);
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== undefined && statusCode < 500)
        return new ApiError("InvalidRequest", (error as Error).message, statusCode);
    return new ApiError("InternalError", messageWithoutPaths(error), 500);
}
