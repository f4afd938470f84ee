/** Every call of the AGB API that the client makes, with the schema of its response. */
import { z } from "zod";
import { listOf } from "./tolerant";
import {
    contextFilesSchema,
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
    type WireContext,
} from "./wire";

export interface Call<Schema extends z.ZodType = z.ZodType> {
    /** The name in the API, such as `GetContext`. */
    readonly name: string;
    readonly method: Method;
    readonly path: string;
    /** The `data` of a successful response. */
    readonly schema: Schema;
    /**
     * Whether the call only reads, changes something in a way that is safe to repeat, or has an effect that must not happen
     * twice. The HTTP method does not say: AGB uses POST for reads, too.
     */
    readonly kind: "read" | "idempotent" | "effect";
    /** What shows that the data answers another question than the one asked. */
    mismatch?(data: z.output<Schema>, query: Query): string | undefined;
}

type Query = Readonly<Record<string, unknown>>;
type Method = "GET" | "POST";

const ignored = z.unknown();

function call<Schema extends z.ZodType>(
    kind: Call["kind"],
    method: Method,
    path: string,
    schema: Schema,
): Call<Schema> {
    return { name: path.slice(path.lastIndexOf("/") + 1), method, path, schema, kind };
}

function read<Schema extends z.ZodType>(method: Method, path: string, schema: Schema): Call<Schema> {
    return call("read", method, path, schema);
}

function idempotent(path: string): Call {
    return call("idempotent", "POST", path, ignored);
}

function effect<Schema extends z.ZodType>(path: string, schema: Schema): Call<Schema> {
    return call("effect", "POST", path, schema);
}

const otherContext = (context: WireContext, { name = context.name }: Query): string | undefined =>
    context.name === name ? undefined : `data.name: is "${context.name}" instead of "${String(name)}"`;

/** A page on which nothing belongs to the folder does not show that the folder lacks a file. */
function otherFolder(page: z.output<typeof contextFilesSchema>, { parentFolderPath }: Query): string | undefined {
    const folder = String(parentFolderPath);
    // The folder itself or an ancestor would be a listing without end, which is reported as such.
    const isRelated = (path: string) => path.startsWith(folder) || folder.startsWith(path);
    const isOther = page.length > 0 && !page.files.some(({ filePath }) => isRelated(filePath));
    return isOther ? `data: lists nothing in "${folder}"` : undefined;
}

export const calls = {
    getContext: { ...read("GET", "/sdk/GetContext", contextSchema), mismatch: otherContext },
    // With `allowCreate` it creates the context once, and returns the same context from then on.
    ensureContext: { ...call("idempotent", "GET", "/sdk/GetContext", contextSchema), mismatch: otherContext },
    listContexts: read("GET", "/sdk/ListContexts", listOf(contextSchema)),
    modifyContext: idempotent("/sdk/ModifyContext"),
    deleteContext: effect("/sdk/DeleteContext", ignored),
    clearContext: idempotent("/sdk/ClearContext"),
    contextFileUploadUrl: read("POST", "/sdk/GetContextFileUploadUrl", presignedUrlSchema),
    contextFileDownloadUrl: read("POST", "/sdk/GetContextFileDownloadUrl", presignedUrlSchema),
    contextFiles: { ...read("POST", "/sdk/DescribeContextFiles", contextFilesSchema), mismatch: otherFolder },
    deleteContextFile: idempotent("/sdk/DeleteContextFile"),
    createSession: effect("/mcp/createSession", createdSessionSchema.nullish()),
    getSession: read("POST", "/mcp/getSession", sessionSchema),
    sessionInfo: read("POST", "/mcp/getSessionInfo", sessionInfoSchema),
    releaseSession: effect("/mcp/releaseSessionAsync", ignored),
    refreshIdleTime: idempotent("/mcp/refreshSessionIdleTime"),
    listSessions: read("GET", "/sdk/ListSession", listOf(listedSessionSchema)),
    setLabels: idempotent("/sdk/SetLabel"),
    getLabels: read("GET", "/sdk/GetLabel", sessionLabelsSchema),
    syncContext: effect("/sdk/SyncContext", ignored),
    contextInfo: read("GET", "/sdk/GetContextInfo", contextInfoSchema),
    listTools: read("POST", "/mcp/listTools", toolListSchema),
    callTool: effect("/mcp", toolResultSchema),
} as const;
