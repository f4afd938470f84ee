/** Every call of the AGB API that the client makes, with the schema of its response. */
import { z } from "zod";
import {
    contextFileSchema,
    contextInfoSchema,
    contextSchema,
    createdSessionSchema,
    listedSessionSchema,
    presignedUrlSchema,
    sessionInfoSchema,
    sessionLabelsSchema,
    sessionSchema,
    toolListSchema,
    toolResultSchema,
} from "./wire";

export interface Call<Schema extends z.ZodType = z.ZodType> {
    /** The name in the API, such as `GetContext`. */
    readonly name: string;
    readonly method: Method;
    readonly path: string;
    /** The `data` of a successful response. */
    readonly schema: Schema;
    /**
     * Whether the call is safe to send again after it may have taken effect, because it only reads or is idempotent. The
     * HTTP method does not say: AGB uses POST for reads, too.
     */
    readonly repeatable: boolean;
}

type Method = "GET" | "POST";

const ignored = z.unknown();

function call<Schema extends z.ZodType>(
    method: Method,
    path: string,
    schema: Schema,
    repeatable: boolean,
): Call<Schema> {
    return { name: path.slice(path.lastIndexOf("/") + 1), method, path, schema, repeatable };
}

function read<Schema extends z.ZodType>(method: Method, path: string, schema: Schema): Call<Schema> {
    return call(method, path, schema, true);
}

function idempotent(path: string): Call {
    return call("POST", path, ignored, true);
}

function effect<Schema extends z.ZodType>(path: string, schema: Schema): Call<Schema> {
    return call("POST", path, schema, false);
}

export const calls = {
    // With `allowCreate` it creates the context once, and returns the same context from then on.
    getContext: read("GET", "/sdk/GetContext", contextSchema),
    listContexts: read("GET", "/sdk/ListContexts", z.array(contextSchema).nullish()),
    modifyContext: idempotent("/sdk/ModifyContext"),
    deleteContext: effect("/sdk/DeleteContext", ignored),
    clearContext: idempotent("/sdk/ClearContext"),
    contextFileUploadUrl: read("POST", "/sdk/GetContextFileUploadUrl", presignedUrlSchema),
    contextFileDownloadUrl: read("POST", "/sdk/GetContextFileDownloadUrl", presignedUrlSchema),
    contextFiles: read("POST", "/sdk/DescribeContextFiles", z.array(contextFileSchema).nullish()),
    deleteContextFile: idempotent("/sdk/DeleteContextFile"),
    createSession: effect("/mcp/createSession", createdSessionSchema.nullish()),
    getSession: read("POST", "/mcp/getSession", sessionSchema),
    sessionInfo: read("POST", "/mcp/getSessionInfo", sessionInfoSchema),
    releaseSession: effect("/mcp/releaseSessionAsync", ignored),
    refreshIdleTime: idempotent("/mcp/refreshSessionIdleTime"),
    listSessions: read("GET", "/sdk/ListSession", z.array(listedSessionSchema).nullish()),
    setLabels: idempotent("/sdk/SetLabel"),
    getLabels: read("GET", "/sdk/GetLabel", sessionLabelsSchema),
    syncContext: effect("/sdk/SyncContext", ignored),
    contextInfo: read("GET", "/sdk/GetContextInfo", contextInfoSchema),
    listTools: read("POST", "/mcp/listTools", toolListSchema),
    callTool: effect("/mcp", toolResultSchema),
} as const;
