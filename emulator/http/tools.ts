/** The API's calls for the tools of a session. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { jsonText } from "../../provider/agb/tolerant";
import { assertKnownImage } from "../images";
import type { Service } from "../service";
import { listTools } from "../tools/index";
import { ok, optionalText, parseParams, text } from "./envelope";

/** The error code of tool calls for a session that does not exist. Other calls use another one. */
export const TOOL_SESSION_NOT_FOUND = "InvalidSession.NotFound";
const callParameters = z.object({ sessionId: text, name: text, args: jsonText(z.record(z.string(), z.unknown())) });

export function toolCalls(app: FastifyInstance, { sessions, tools }: Service): void {
    app.post("/mcp", async (request) => {
        const { sessionId, name, args = {} } = parseParams(callParameters, request.body);
        const session = sessions.get(sessionId, TOOL_SESSION_NOT_FOUND);
        return ok(await tools.call(session, name, args));
    });

    app.post("/mcp/listTools", (request) => {
        const { imageId } = parseParams(z.object({ imageId: optionalText }), request.query);
        if (imageId !== undefined) assertKnownImage(imageId);
        return Promise.resolve(ok(JSON.stringify(listTools())));
    });

    app.post("/sdk/GetAndLoadInternalContext", async (request) => {
        const { sessionId, contextTypes = [] } = parseParams(
            z.object({ sessionId: text, contextTypes: jsonText(z.array(z.string())) }),
            request.query,
        );
        const session = sessions.get(sessionId);
        if (!contextTypes.includes("file_transfer")) return ok([]);
        const { context, path } = await sessions.transferContext(session);
        return ok([{ contextId: context.id, contextType: "file_transfer", contextPath: path }]);
    });
}
