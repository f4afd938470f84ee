/** Who may call the server. */
import { timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { ApiError } from "../apiError";

/**
 * Rejects a request whose Host header is not this server's. Any web page can make its own domain resolve to this machine,
 * and its scripts could then read our responses as same-origin. They cannot do that with an IP address or `localhost`.
 */
export function checkHost(request: FastifyRequest, ownHost: string): void {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const isAllowed =
        host === "localhost" ||
        host.endsWith(".localhost") ||
        host === ownHost.toLowerCase() ||
        isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0;
    if (!isAllowed) {
        throw new ApiError("InvalidHost", "the local AGB accepts only an IP address or localhost as host", 403);
    }
}

/** Rejects a request without one of the keys. */
export function checkKey(request: FastifyRequest, keys: readonly string[]): void {
    const [, token = ""] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (!keys.some((key) => secretsEqual(token, key))) {
        throw new ApiError("InvalidApiKey", "the API key is missing or wrong", 401);
    }
}

/** Compares in a time that depends on the length only. */
export function secretsEqual(a: string, b: string): boolean {
    const [left, right] = [Buffer.from(a), Buffer.from(b)];
    return left.length === right.length && timingSafeEqual(left, right);
}
