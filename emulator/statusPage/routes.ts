/** The status page, and what it asks for. */
import { timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { folderKey } from "../fileKey";
import { ok, parseParams, text } from "../http/envelope";
import { ApiError } from "../apiError";
import type { Service } from "../service";
import type { RecentRequests } from "./requests";
import { statusOf } from "./status";

export interface PageOptions {
    /** Opens the page's data, and nothing else: it stands behind the `#` of the page's address, which browsers send to nobody. */
    token: string;
    requests: RecentRequests;
}

const DATA = "/local/page/";
const FILES = [
    ["/", "index.html", "text/html"],
    [`${DATA}page.css`, "page.css", "text/css"],
    [`${DATA}page.js`, "page.js", "text/javascript"],
] as const;

/** Whether a request is for the page, which asks again and again: neither a use of the server nor a line in the log of requests. */
export function isForPage(url: string): boolean {
    return url === "/" || url.startsWith(DATA);
}

const HEADERS = {
    "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
};

/** More of a folder than this is only counted. */
const MOST_SHOWN = 500;
const listParameters = z.object({ contextId: text, folder: text });

export function pageRoutes(app: FastifyInstance, service: Service, { token, requests }: PageOptions): void {
    app.addHook("onRequest", (request, reply, next) => {
        checkLoopback(request);
        void reply.headers(HEADERS);
        next();
    });
    for (const [url, name, type] of FILES) {
        app.get(url, async (_request, reply: FastifyReply) =>
            reply.type(`${type}; charset=utf-8`).send(await readFile(join(__dirname, "static", name), "utf8")),
        );
    }
    void app.register((data, _options, done) => {
        data.addHook("onRequest", (request, _reply, next) => {
            checkToken(request, token);
            next();
        });
        data.get(`${DATA}status`, () => Promise.resolve(ok(statusOf(service, requests.list()))));
        data.get(`${DATA}files`, async (request) => {
            const { contextId, folder } = parseParams(listParameters, request.query);
            service.contexts.get(contextId);
            const { shown, count } = await service.files.children(contextId, folderKey(folder), 0, MOST_SHOWN);
            return ok(
                shown.map(({ path, folder: isFolder, size, modifiedMs }) => ({
                    path: `/${path}`,
                    folder: isFolder,
                    size,
                    modifiedMs,
                })),
                { count },
            );
        });
        done();
    });
}

/** Also where the server listens on an address that others reach. */
function checkLoopback(request: FastifyRequest): void {
    const from = request.socket.remoteAddress ?? "";
    if (!/^(?:::ffff:)?127\.|^::1$/.test(from))
        throw new ApiError("Forbidden", "the status page is for this machine alone", 403);
}

function checkToken(request: FastifyRequest, token: string): void {
    const given = Buffer.from(request.headers.authorization ?? "");
    const wanted = Buffer.from(`Bearer ${token}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
        throw new ApiError(
            "InvalidToken",
            "open the status page by the address that the local AGB printed when it started",
            401,
        );
}
