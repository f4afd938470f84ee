/** The routes of the console: its page, and what the page reads and does. */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../apiError";
import { secretsEqual } from "../http/auth";
import { ok } from "../http/envelope";
import type { Fault } from "../http/faultKinds";
import type { RecentRequests } from "../requestLog";
import type { Service } from "../service";
import { faultActions, sessionActions } from "./actionRoutes";
import { fileRoutes } from "./fileRoutes";
import { overviewOf } from "./overview";

export interface ConsoleOptions {
    /** Grants access to the account. It follows the `#` of the console's URL, which browsers do not send. */
    token: string;
    requests: RecentRequests;
    /** The injected faults, which the console changes. */
    faults: Fault[];
    /** The calls that faults can be injected into. */
    callNames: ReadonlySet<string>;
}

const BASE = "/local/console/";
const STATIC_FOLDER = join(__dirname, "static");
const INDEX = "index.html";
const TYPES: Partial<Record<string, string>> = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };

/** Whether a request comes from the console. It polls, so its requests are not logged and do not count as use. */
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

export function consoleRoutes(app: FastifyInstance, service: Service, options: ConsoleOptions): void {
    const { token, requests, faults, callNames } = options;
    app.addHook("onRequest", (request, reply, next) => {
        checkLoopback(request);
        void reply.headers(HEADERS);
        next();
    });
    for (const name of readdirSync(STATIC_FOLDER)) {
        app.get(name === INDEX ? "/" : `${BASE}${name}`, async (_request, reply) =>
            reply
                .type(`${TYPES[extname(name)] ?? ""}; charset=utf-8`)
                .send(await readFile(join(STATIC_FOLDER, name), "utf8")),
        );
    }
    // The token is in a header, which no other web page can send. So none can make a browser change anything.
    void app.register((data, _options, done) => {
        data.addHook("onRequest", (request, _reply, next) => {
            checkToken(request, token);
            next();
        });
        data.get(`${BASE}overview`, async () => ok(await overviewOf(service, faults)));
        data.get(`${BASE}timeline`, () => Promise.resolve(ok(service.history.list())));
        data.get(`${BASE}commands`, () => Promise.resolve(ok(service.commands.list())));
        data.get(`${BASE}requests`, () => Promise.resolve(ok(requests.list())));
        fileRoutes(data, BASE, service);
        sessionActions(data, BASE, service);
        faultActions(data, BASE, faults, callNames);
        done();
    });
}

/** The console is private to this machine even if the server listens on an address that other machines can reach. */
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
            "open the console with the address that the local AGB printed when it started, or with: npx pulumi-agb local open",
            401,
        );
    }
}
