/** The routes of the console and its data. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ApiError } from "../apiError";
import { folderKey } from "../fileKey";
import { secretsEqual } from "../http/auth";
import { ok, parseParams, text } from "../http/envelope";
import type { RecentRequests } from "../requestLog";
import type { Service } from "../service";
import { overviewOf } from "./overview";

export interface ConsoleOptions {
    /** Grants access to the page's data and nothing else. It follows the `#` of the page's URL, which browsers do not send. */
    token: string;
    requests: RecentRequests;
}

const BASE = "/local/console/";
const STATIC_FILES: (readonly [url: string, file: string, type: string])[] = [
    ["/", "index.html", "text/html"],
    [`${BASE}console.css`, "console.css", "text/css"],
    ...["console.js", "api.js", "contexts.js", "dom.js", "sessions.js"].map(
        (name) => [`${BASE}${name}`, name, "text/javascript"] as const,
    ),
];

/** Whether a request comes from the console. The page polls, so its requests are not logged and do not count as use. */
export function isForConsole(url: string): boolean {
    return url === "/" || url.startsWith(BASE);
}

const HEADERS = {
    "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
};

/** How many entries of a folder are listed. The others are only counted. */
const MAX_LISTED_ENTRIES = 500;
const listParameters = z.object({ contextId: text, folder: text });

export function consoleRoutes(app: FastifyInstance, service: Service, { token, requests }: ConsoleOptions): void {
    app.addHook("onRequest", (request, reply, next) => {
        checkLoopback(request);
        void reply.headers(HEADERS);
        next();
    });
    for (const [url, name, type] of STATIC_FILES) {
        app.get(url, async (_request, reply: FastifyReply) =>
            reply.type(`${type}; charset=utf-8`).send(await readFile(join(__dirname, "static", name), "utf8")),
        );
    }
    void app.register((data, _options, done) => {
        data.addHook("onRequest", (request, _reply, next) => {
            checkToken(request, token);
            next();
        });
        data.get(`${BASE}overview`, async () => ok(await overviewOf(service, requests.list())));
        data.get(`${BASE}files`, async (request) => {
            const { contextId, folder } = parseParams(listParameters, request.query);
            service.contexts.get(contextId);
            const { page, total } = await service.files.children(contextId, folderKey(folder), 0, MAX_LISTED_ENTRIES);
            return ok(
                page.map((entry) => ({ ...entry, path: `/${entry.path}` })),
                { count: total },
            );
        });
        done();
    });
}

/** The page is private to this machine even if the server listens on an address that other machines can reach. */
function checkLoopback(request: FastifyRequest): void {
    const address = request.socket.remoteAddress ?? "";
    if (!/^(?:::ffff:)?127\.|^::1$/.test(address)) {
        throw new ApiError("Forbidden", "the console is available only on this machine", 403);
    }
}

function checkToken(request: FastifyRequest, token: string): void {
    if (!secretsEqual(request.headers.authorization ?? "", `Bearer ${token}`)) {
        throw new ApiError(
            "InvalidToken",
            "open the console with the URL that the local AGB printed when it started",
            401,
        );
    }
}
