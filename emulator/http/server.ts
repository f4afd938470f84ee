/** The HTTP server of the local AGB. */
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { ApiError } from "../apiError";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { SessionPathError } from "../paths";
import type { RequestDetail, RequestLogEntry } from "../requestLog";
import type { Service } from "../service";
import { consoleRoutes, isForConsole, type ConsoleOptions } from "../console/routes";
import { checkHost, checkKey } from "./auth";
import { contextCalls } from "./contexts";
import { formatKind, type Fault } from "./faultKinds";
import { callOf, faultOf, injectFaults } from "./faults";
import { fileCalls } from "./files";
import { objectRoutes } from "./objects";
import { shownParameters } from "./requestParameters";
import { sessionCalls } from "./sessions";
import { syncCalls } from "./syncs";
import { toolLinkRoutes } from "./toolLink";
import { toolCalls } from "./tools";
import { unsupportedCalls } from "./unsupported";

/** The maximum size of a JSON body. The SDKs send file contents in much smaller pieces. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** The maximum size of a URL with its headers. Labels are part of a URL. */
const MAX_HEADER_BYTES = 64 * 1024;

export interface HttpOptions {
    /** The accepted API keys. */
    keys: readonly string[];
    /** The name or address that the server listens on. */
    host: string;
    /** Added to every call. */
    latencyMs: number;
    faults: Fault[];
    /** Identifies this server instance to health checks. */
    instance: string;
    log(entry: RequestLogEntry, detail: RequestDetail): void;
    console: Omit<ConsoleOptions, "faults" | "callNames">;
    /** Called when a request begins. The returned function is called when it ends. */
    requestStarted(): () => void;
}

declare module "fastify" {
    interface FastifyReply {
        /** The error code in the envelope. */
        agbCode: string;
        /** The message in the envelope of an error. */
        agbMessage: string;
    }
}

/** Creates the server; it does not listen yet. */
export function createServer(service: Service, options: HttpOptions): FastifyInstance {
    const app = fastify({
        bodyLimit: MAX_BODY_BYTES,
        forceCloseConnections: true,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        http: { maxHeaderSize: MAX_HEADER_BYTES },
        clientErrorHandler: rejectUnreadable,
        requestIdHeader: false,
        genReqId: () => randomUUID(),
        // One of the SDKs requests `//sdk/GetContext`.
        rewriteUrl: ({ url = "/" }) => url.replace(/^\/+/, "/"),
        routerOptions: { maxParamLength: 5000 },
    });
    parseBodiesAsJson(app);
    prepareRequests(app, service, options);
    reportErrors(app);

    const callNames = new Set(["*", "objects"]);
    app.get("/local/health", () => Promise.resolve({ instance: options.instance }));
    void app.register((calls, _options, done) => {
        calls.addHook("onRequest", (request, _reply, next) => {
            checkKey(request, options.keys);
            next();
        });
        injectFaults(calls, options.faults);
        calls.addHook("onRoute", ({ url }) => void callNames.add(callOf(url)));
        calls.addHook("preSerialization", (request, _reply, payload, next) =>
            next(null, Object.assign(payload as object, { requestId: request.id })),
        );
        for (const register of [contextCalls, fileCalls, sessionCalls, syncCalls, toolCalls]) register(calls, service);
        unsupportedCalls(calls);
        done();
    });
    void app.register((objects, _options, done) => {
        injectFaults(objects, options.faults);
        objectRoutes(objects, service);
        done();
    });
    if (service.toolLink) toolLinkRoutes(app, service);
    void app.register((routes, _options, done) => {
        consoleRoutes(routes, service, { ...options.console, faults: options.faults, callNames });
        done();
    });
    return app;
}

/** Answers a request that Node could not parse. */
function rejectUnreadable({ code }: NodeJS.ErrnoException, socket: Socket): void {
    if (!socket.writable || code === "ECONNRESET") {
        socket.destroy();
        return;
    }
    const isTooLarge = code === "HPE_HEADER_OVERFLOW";
    const status = isTooLarge ? 431 : 400;
    const body = JSON.stringify({
        success: false,
        code: isTooLarge ? "RequestTooLarge" : "InvalidRequest",
        message: isTooLarge
            ? `the URL with its parameters and headers exceeds ${MAX_HEADER_BYTES / 1024} KiB`
            : "the request is not valid HTTP",
        httpStatusCode: status,
        requestId: randomUUID(),
    });
    socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
}

/** The SDKs do not always declare a content type. */
function parseBodiesAsJson(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
        try {
            done(null, body === "" ? {} : JSON.parse(body as string));
        } catch {
            done(new ApiError("InvalidParameter", "the body is not valid JSON"));
        }
    });
}

/** Logs, dates, delays and checks the host of every request, except that those of the console are only checked. */
function prepareRequests(app: FastifyInstance, service: Service, options: HttpOptions): void {
    app.decorateReply("agbCode", "");
    app.decorateReply("agbMessage", "");
    app.addHook("onRequest", (request, reply, next) => {
        if (isForConsole(request.url)) {
            checkHost(request, options.host);
            next();
            return;
        }
        const requestEnded = options.requestStarted();
        const startedAt = performance.now();
        // Emitted once, also if the client disconnects or is disconnected.
        reply.raw.on("close", () => {
            requestEnded();
            const fault = faultOf(request);
            const entry = {
                time: new Date(service.clock.now()).toISOString(),
                method: request.method,
                call: callOf(request.url),
                path: pathOf(request.url),
                status: reply.raw.statusCode,
                milliseconds: Math.round(performance.now() - startedAt),
                code: reply.agbCode,
                requestId: request.id,
            };
            options.log(entry, {
                parameters: shownParameters(request.query, request.body),
                message: reply.agbMessage,
                ...(fault && { fault: formatKind(fault) }),
            });
        });
        void reply.headers({ date: service.clock.httpDate(), "x-request-id": request.id });
        checkHost(request, options.host);
        if (options.latencyMs > 0) setTimeout(next, options.latencyMs);
        else next();
    });
}

function reportErrors(app: FastifyInstance): void {
    app.setErrorHandler((error, request, reply) => {
        const { code, message, httpStatus } = toApiError(error);
        reply.agbCode = code;
        reply.agbMessage = message;
        return reply.code(httpStatus).send({
            success: false,
            code,
            message,
            httpStatusCode: httpStatus,
            requestId: request.id,
        });
    });
    app.setNotFoundHandler((request) => {
        throw new ApiError("InvalidAction.NotFound", `unknown call: ${request.method} ${pathOf(request.url)}`, 404);
    });
}

const pathOf = (url: string): string => url.split("?")[0] ?? "";

function toApiError(error: unknown): ApiError {
    if (error instanceof ApiError) return error;
    if (error instanceof SessionPathError) return new ApiError("InvalidParameter", error.message);
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== undefined && statusCode < 500) {
        return new ApiError("InvalidRequest", (error as Error).message, statusCode);
    }
    return new ApiError("InternalError", messageWithoutPaths(error), 500);
}
