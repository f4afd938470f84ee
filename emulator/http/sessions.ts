/** The API's calls for sessions. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { jsonText } from "../../provider/agb/tolerant";
import { labelsSchema, syncPolicySchema } from "../../provider/agb/wire";
import type { SessionRecord } from "../account";
import { assertKnownImage } from "../images";
import type { Service } from "../service";
import { listTools } from "../tools/index";
import { ok, optionalText, page, pageParameters, parseParams, text } from "./envelope";
import { failsSyncs } from "./faults";
import { toolLink } from "./toolLink";

const idParameter = z.object({ sessionId: text });
const labels = jsonText(
    labelsSchema.refine(
        (entries) => Object.entries(entries).every(([key, value]) => key !== "" && value !== ""),
        "keys and values of labels must not be empty",
    ),
).transform((entries) => entries ?? {});

/** Accepts `extractCurrentFolder`, the SDKs' name for `extractToCurrentFolder`. */
const policyText = jsonText(
    z.preprocess((value) => {
        const sdkPolicy = z
            .looseObject({ extractPolicy: z.looseObject({ extractCurrentFolder: z.boolean() }) })
            .safeParse(value);
        if (!sdkPolicy.success) return value;
        const { extractPolicy } = sdkPolicy.data;
        return {
            ...sdkPolicy.data,
            extractPolicy: { extractToCurrentFolder: extractPolicy.extractCurrentFolder, ...extractPolicy },
        };
    }, syncPolicySchema),
).transform((policy) => policy ?? syncPolicySchema.parse({}));

const createQuery = z.object({ imageId: text, sdkStats: optionalText });
const createBody = z.object({
    labels: labels.optional(),
    persistenceDataList: z.array(z.object({ contextId: text, path: text, policy: policyText.optional() })).nullish(),
    mcpPolicyId: z.string().nullish(),
    timeout: z.number().int().positive().nullish(),
});

export function sessionCalls(app: FastifyInstance, service: Service): void {
    const { sessions, releases, expiry } = service;
    const fromBody = (request: FastifyRequest): SessionRecord =>
        sessions.get(parseParams(idParameter, request.body).sessionId);
    const fromQuery = (request: FastifyRequest): SessionRecord =>
        sessions.get(parseParams(idParameter, request.query).sessionId);

    app.post("/mcp/createSession", async (request) => {
        const { imageId } = parseParams(createQuery, request.query);
        const body = parseParams(createBody, request.body);
        assertKnownImage(imageId);
        const session = await sessions.create({
            imageId,
            labels: body.labels ?? {},
            mounts: (body.persistenceDataList ?? []).map(({ contextId, path, policy }) => ({
                contextIdOrName: contextId,
                path,
                policy: policy ?? syncPolicySchema.parse({}),
            })),
            ...(body.mcpPolicyId && { policyId: body.mcpPolicyId }),
            ...(body.timeout && { idleSeconds: body.timeout }),
            failSyncs: failsSyncs(request),
        });
        return ok({
            ...toWireSession(service, session, request),
            taskId: "",
            networkInterfaceIp: "",
            success: true,
            errMsg: "",
        });
    });

    app.post("/mcp/getSession", (request) => {
        const session = fromBody(request);
        return Promise.resolve(ok({ ...toWireSession(service, session, request), status: "RUNNING" }));
    });

    app.post("/mcp/getSessionInfo", (request) =>
        Promise.resolve(ok({ status: sessions.status(parseParams(idParameter, request.body).sessionId) })),
    );

    app.post("/mcp/releaseSessionAsync", async (request) => {
        await releases.release(fromBody(request), "request");
        return ok();
    });

    app.post("/mcp/releaseSession", async (request) => {
        const { finished } = await releases.release(fromBody(request), "request");
        await finished;
        return ok();
    });

    app.post("/mcp/refreshSessionIdleTime", (request) => {
        expiry.touch(fromQuery(request));
        return Promise.resolve(ok());
    });

    app.post("/mcp/getMcpResource", (request) => {
        const session = fromBody(request);
        return Promise.resolve(ok({ sessionId: session.id, resourceUrl: resourceUrl(session, request) }));
    });

    app.get("/sdk/ListSession", (request) => {
        const filter = Object.entries(parseParams(z.object({ labels: labels.optional() }), request.query).labels ?? {});
        const matching = sessions
            .list()
            .filter((session) => filter.every(([key, value]) => session.labels[key] === value));
        const { items, info } = page(matching, parseParams(pageParameters, request.query));
        return Promise.resolve(
            ok(
                items.map(({ id }) => ({ sessionId: id, sessionStatus: "RUNNING" })),
                info,
            ),
        );
    });

    app.post("/sdk/SetLabel", async (request) => {
        await sessions.setLabels(fromQuery(request), parseParams(z.object({ Labels: labels }), request.query).Labels);
        return ok();
    });

    app.get("/sdk/GetLabel", (request) => Promise.resolve(ok({ labels: JSON.stringify(fromQuery(request).labels) })));

    app.get("/internet/getLink", (request) => {
        const session = fromQuery(request);
        const { protocolType, port } = parseParams(
            z.object({ protocolType: optionalText, port: optionalText }),
            request.query,
        );
        const path = [protocolType, port]
            .filter((component) => component !== undefined)
            .map(encodeURIComponent)
            .join("/");
        return Promise.resolve(ok({ url: `${resourceUrl(session, request)}&link=${path}` }));
    });
}

function toWireSession(service: Service, session: SessionRecord, request: FastifyRequest) {
    return {
        sessionId: session.id,
        appInstanceId: session.appInstanceId,
        resourceId: session.resourceId,
        resourceUrl: resourceUrl(session, request),
        // If linkUrl and token are empty, the SDKs call tools through the API.
        linkUrl: service.toolLink ? toolLink(session, request) : "",
        token: service.toolLink ? session.token : "",
        wsUrl: "",
        toolList: JSON.stringify(listTools()),
    };
}

const resourceUrl = (session: SessionRecord, request: FastifyRequest): string =>
    `http://${request.headers.host ?? ""}/resource?resourceId=${session.resourceId}`;
