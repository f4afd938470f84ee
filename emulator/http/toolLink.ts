/** The link of a session: calls its tools directly, authorized by the session's token instead of the API key. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { SessionRecord } from "../account";
import { ApiError } from "../apiError";
import type { Service } from "../service";
import { secretsEqual } from "./auth";
import { parseParams, text } from "./envelope";
import { TOOL_SESSION_NOT_FOUND } from "./tools";

const callSchema = z.object({ tool: text, args: z.record(z.string(), z.unknown()).default({}) });

export function toolLinkRoutes(app: FastifyInstance, { sessions, tools }: Service): void {
    app.post<{ Params: { sessionId: string } }>("/link/:sessionId/callTool", async (request) => {
        const session = sessions.get(request.params.sessionId, TOOL_SESSION_NOT_FOUND);
        checkToken(request, session.token);
        const { tool, args } = parseParams(callSchema, request.body);
        const result = await tools.call(session, tool, args);
        return { data: JSON.stringify({ result }) };
    });
}

/** The URL of a session's link. */
export function toolLink(session: SessionRecord, request: FastifyRequest): string {
    return `http://${request.headers.host ?? ""}/link/${session.id}`;
}

function checkToken(request: FastifyRequest, token: string): void {
    if (!secretsEqual(String(request.headers["x-access-token"] ?? ""), token)) {
        throw new ApiError("InvalidToken", "the session token is missing or wrong", 401);
    }
}
