import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { ApiError } from "../apiError";

/**
 * Refuses a request for a host name that is not ours. A web page anywhere can have its own name resolve to this machine, and its
 * script then reads our answers as its own; an address or `localhost` cannot be had that way.
 */
export function checkHost(request: FastifyRequest, ownName: string): void {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const known =
        host === "localhost" ||
        host.endsWith(".localhost") ||
        host === ownName.toLowerCase() ||
        isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0;
    if (!known) throw new ApiError("InvalidHost", "the local AGB answers to an address or localhost only", 403);
}

/** Refuses a request that brings none of the keys. */
export function checkKey(request: FastifyRequest, keys: readonly string[]): void {
    const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (!keys.some((key) => same(given, key)))
        throw new ApiError("InvalidApiKey", "the API key is missing or wrong", 401);
}

const same = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
