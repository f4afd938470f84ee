/** The API's calls for contexts. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ContextRecord } from "../account";
import { contextNotFound, invalidParameter } from "../apiError";
import type { Service } from "../service";
import { ok, optionalText, page, pageParameters, parseParams, text } from "./envelope";

const getParameters = z.object({
    id: optionalText,
    name: optionalText,
    allowCreate: z.enum(["true", "false", "True", "False", ""]).optional(),
    loginRegionId: optionalText,
});
const idParameter = z.object({ id: text });

export function contextCalls(app: FastifyInstance, { contexts }: Service): void {
    app.get("/sdk/GetContext", async (request) => {
        const { id, name, allowCreate, loginRegionId: region = "" } = parseParams(getParameters, request.query);
        const create = allowCreate?.toLowerCase() === "true";
        if (id !== undefined) {
            if (create) throw invalidParameter("allowCreate requires name, not id");
            return ok(toWireContext(contexts.get(id)));
        }
        if (name === undefined) throw invalidParameter("id or name is required");
        const context = create ? await contexts.ensure(name, region) : contexts.byName(name, region);
        if (context === undefined) throw contextNotFound(name);
        return ok(toWireContext(context));
    });

    app.get("/sdk/ListContexts", (request) => {
        const { items, info } = page(contexts.list(), parseParams(pageParameters, request.query));
        return Promise.resolve(ok(items.map(toWireContext), info));
    });

    app.post("/sdk/ModifyContext", async (request) => {
        const { id, name } = parseParams(z.object({ id: text, name: text }), request.query);
        await contexts.rename(id, name);
        return ok();
    });

    app.post("/sdk/DeleteContext", async (request) => {
        await contexts.delete(parseParams(idParameter, request.query).id);
        return ok();
    });

    app.post("/sdk/ClearContext", async (request) => {
        await contexts.clear(parseParams(idParameter, request.query).id);
        return ok();
    });
}

function toWireContext({ id, name, createdAt, lastUsedAt, state }: ContextRecord) {
    return {
        id,
        name,
        createTime: new Date(createdAt).toISOString(),
        lastUsedTime: new Date(lastUsedAt).toISOString(),
        state,
    };
}
