import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { SessionRecord } from "../account";
import { ApiError } from "../apiError";
import type { Service } from "../service";
import { callTool } from "../tools/index";
import { parseParams, text } from "./envelope";
import { TOOL_SESSION_NOT_FOUND } from "./tools";

const callSchema = z.object({ tool: text, args: z.record(z.string(), z.unknown()).default({}) });

/** The other way to call a session's tools: straight to the session, by its own token instead of the account's key. */
export function toolLinkRoutes(app: FastifyInstance, { sessions }: Service): void {
    app.post<{ Params: { sessionId: string } }>("/link/:sessionId/callTool", async (request) => {
        const session = sessions.get(request.params.sessionId, TOOL_SESSION_NOT_FOUND);
        checkToken(request, session.token);
        const { tool, args } = parseParams(callSchema, request.body);
        const result = await sessions.whileBusy(session, () => callTool(sessions.space(session.id), tool, args));
        return { data: JSON.stringify({ result }) };
    });
}

/** Where a session's tools are called over the link. */
export function toolLink(session: SessionRecord, request: FastifyRequest): string {
    return `http://${request.headers.host ?? ""}/link/${session.id}`;
}

function checkToken(request: FastifyRequest, token: string): void {
    const given = Buffer.from(String(request.headers["x-access-token"] ?? ""));
    const wanted = Buffer.from(token);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
        throw new ApiError("InvalidToken", "the session's token is missing or wrong", 401);
}
