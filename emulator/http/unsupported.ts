/** Calls of the SDKs that the local AGB does not implement. */
import type { FastifyInstance } from "fastify";
import { ApiError } from "../apiError";

const CALLS = {
    "/browser/init": "sessions of the local AGB have no browser",
    "/internet/getCdpLink": "sessions of the local AGB have no browser",
    "/mcp/getLink": "sessions of the local AGB are not reachable over the network",
};

export function unsupportedCalls(app: FastifyInstance): void {
    for (const [url, reason] of Object.entries(CALLS)) {
        app.route({
            method: ["GET", "POST"],
            url,
            handler: () => {
                throw new ApiError("UnsupportedOperation", `${reason}; use the AGB service for it`);
            },
        });
    }
}
