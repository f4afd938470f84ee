import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ContextRecord } from "../account";
import { contextNotFound, invalidParameter } from "../refusal";
import type { Service } from "../service";
import { answer, optionalText, page, pageParameters, parameters, text } from "./envelope";

const getParameters = z.object({ id: optionalText, name: optionalText, allowCreate: z.enum(["true", "false", "True", "False", ""]).optional(), loginRegionId: optionalText });
const idParameter = z.object({ id: text });

export function contextCalls(app: FastifyInstance, { contexts }: Service): void {
    app.get("/sdk/GetContext", async (request) => {
        const { id, name, allowCreate, loginRegionId: region = "" } = parameters(getParameters, request.query);
        const create = allowCreate?.toLowerCase() === "true";
        if (id !== undefined) {
            if (create) throw invalidParameter("allowCreate goes with a name, not with an id");
            return answer(described(contexts.get(id)));
        }
        if (name === undefined) throw invalidParameter("id or name must be given");
        const found = create ? await contexts.ensure(name, region) : contexts.byName(name, region);
        if (found === undefined) throw contextNotFound(name);
        return answer(described(found));
    });

    app.get("/sdk/ListContexts", (request) => {
        const { items, info } = page(contexts.list(), parameters(pageParameters, request.query));
        return Promise.resolve(answer(items.map(described), info));
    });

    app.post("/sdk/ModifyContext", async (request) => {
        const { id, name } = parameters(z.object({ id: text, name: text }), request.query);
        await contexts.rename(id, name);
        return answer();
    });

    app.post("/sdk/DeleteContext", async (request) => {
        await contexts.delete(parameters(idParameter, request.query).id);
        return answer();
    });

    app.post("/sdk/ClearContext", async (request) => {
        await contexts.clear(parameters(idParameter, request.query).id);
        return answer();
    });
}

function described({ id, name, createdAt, lastUsedAt, state }: ContextRecord) {
    return { id, name, createTime: new Date(createdAt).toISOString(), lastUsedTime: new Date(lastUsedAt).toISOString(), state };
}
