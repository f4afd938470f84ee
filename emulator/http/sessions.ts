import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { jsonText, labelsSchema, syncPolicySchema } from "../../provider/agb/wire";
import type { Mount, SessionRecord } from "../account";
import { normalSessionPath } from "../paths";
import { invalidParameter, ApiError } from "../apiError";
import type { Service } from "../service";
import { IMAGES } from "../images";
import { listTools } from "../tools/index";
import { toolLink } from "./toolLink";
import { uploadModeMismatch } from "../sync/transfer";
import { faultOf } from "./faults";
import { ok, optionalText, page, pageParameters, parseParams, text } from "./envelope";

const idParameter = z.object({ sessionId: text });
const labels = jsonText(
    labelsSchema.refine(
        (given) => Object.entries(given).every(([key, value]) => key !== "" && value !== ""),
        "neither keys nor values of labels may be empty",
    ),
).transform((given) => given ?? {});

/** The SDKs call one field otherwise. */
const policyText = jsonText(
    z.preprocess((given) => {
        const policy = z
            .looseObject({ extractPolicy: z.looseObject({ extractCurrentFolder: z.boolean() }) })
            .safeParse(given);
        if (!policy.success) return given;
        const { extractPolicy } = policy.data;
        return {
            ...policy.data,
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
    const { sessions } = service;
    const inBody = (request: FastifyRequest): SessionRecord =>
        sessions.get(parseParams(idParameter, request.body).sessionId);
    const inQuery = (request: FastifyRequest): SessionRecord =>
        sessions.get(parseParams(idParameter, request.query).sessionId);

    app.post("/mcp/createSession", async (request) => {
        const { imageId } = parseParams(createQuery, request.query);
        const body = parseParams(createBody, request.body);
        if (!IMAGES.includes(imageId)) throw new ApiError("InvalidImage.NotFound", `image ${imageId} not found`);
        const session = await sessions.create({
            imageId,
            labels: body.labels ?? {},
            mounts: await checkedMounts(service, body.persistenceDataList ?? []),
            ...(body.mcpPolicyId && { policyId: body.mcpPolicyId }),
            ...(body.timeout && { idleSeconds: body.timeout }),
            failSyncs: faultOf(request) === "fail",
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
        const session = inBody(request);
        return Promise.resolve(ok({ ...toWireSession(service, session, request), status: "RUNNING" }));
    });

    app.post("/mcp/getSessionInfo", (request) =>
        Promise.resolve(ok({ status: sessions.status(parseParams(idParameter, request.body).sessionId) })),
    );

    app.post("/mcp/releaseSessionAsync", async (request) => {
        await sessions.release(inBody(request));
        return ok();
    });

    app.post("/mcp/releaseSession", async (request) => {
        const { gone } = await sessions.release(inBody(request));
        await gone;
        return ok();
    });

    app.post("/mcp/refreshSessionIdleTime", (request) => {
        sessions.touch(inQuery(request));
        return Promise.resolve(ok());
    });

    app.post("/mcp/getMcpResource", (request) => {
        const session = inBody(request);
        return Promise.resolve(ok({ sessionId: session.id, resourceUrl: resourceUrl(session, request) }));
    });

    app.get("/sdk/ListSession", (request) => {
        const wanted = Object.entries(parseParams(z.object({ labels: labels.optional() }), request.query).labels ?? {});
        const matching = sessions
            .list()
            .filter((session) => wanted.every(([key, value]) => session.labels[key] === value));
        const { items, info } = page(matching, parseParams(pageParameters, request.query));
        return Promise.resolve(
            ok(
                items.map(({ id }) => ({ sessionId: id, sessionStatus: "RUNNING" })),
                info,
            ),
        );
    });

    app.post("/sdk/SetLabel", async (request) => {
        await sessions.setLabels(inQuery(request), parseParams(z.object({ Labels: labels }), request.query).Labels);
        return ok();
    });

    app.get("/sdk/GetLabel", (request) => Promise.resolve(ok({ labels: JSON.stringify(inQuery(request).labels) })));

    app.get("/internet/getLink", (request) => {
        const session = inQuery(request);
        const { protocolType, port } = parseParams(
            z.object({ protocolType: optionalText, port: optionalText }),
            request.query,
        );
        const path = [protocolType, port]
            .filter((part) => part !== undefined)
            .map(encodeURIComponent)
            .join("/");
        return Promise.resolve(ok({ url: `${resourceUrl(session, request)}&link=${path}` }));
    });
}

/** The mounts of a new session, each of a context that is there, at a place of its own where a session can write. */
async function checkedMounts(
    { contexts, files, account, clock }: Service,
    given: NonNullable<z.output<typeof createBody>["persistenceDataList"]>,
): Promise<Mount[]> {
    const mounts: Mount[] = [];
    for (const { contextId: idOrName, path, policy = syncPolicySchema.parse({}) } of given) {
        const context = account.contexts.get(idOrName) ?? contexts.byName(idOrName, "") ?? contexts.get(idOrName);
        const place = normalSessionPath(path);
        if (mounts.some((mount) => normalSessionPath(mount.path) === place))
            throw invalidParameter(`only one context can be mounted at ${path}`);
        const { uploadMode } = policy.uploadPolicy;
        if (
            context.uploadMode !== undefined &&
            context.uploadMode !== uploadMode &&
            !(await (await files.tree(context.id)).isEmpty())
        ) {
            throw uploadModeMismatch(context.name, context.uploadMode, uploadMode);
        }
        mounts.push({ contextId: context.id, path, policy });
    }
    for (const { contextId, path, policy } of mounts) {
        const context = contexts.get(contextId);
        context.lastUsedAt = clock.now();
        context.recycling[normalSessionPath(path)] = policy.recyclePolicy;
        await account.saveContext(context);
    }
    return mounts;
}

function toWireSession(service: Service, session: SessionRecord, request: FastifyRequest) {
    return {
        sessionId: session.id,
        appInstanceId: session.appInstanceId,
        resourceId: session.resourceId,
        resourceUrl: resourceUrl(session, request),
        // Without these two the SDKs call tools through the API.
        linkUrl: service.toolLink ? toolLink(session, request) : "",
        token: service.toolLink ? session.token : "",
        wsUrl: "",
        toolList: JSON.stringify(listTools()),
    };
}

const resourceUrl = (session: SessionRecord, request: FastifyRequest): string =>
    `http://${request.headers.host ?? ""}/resource?resourceId=${session.resourceId}`;
