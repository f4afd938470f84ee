/**
 * The wire format of the AGB API as zod schemas. Unknown fields are tolerated, because AGB adds fields from time to time.
 * So are missing and `null` values where the official SDKs are known to receive them.
 */
import { z } from "zod";
import { DownloadStrategy, Lifecycle, UploadMode, UploadStrategy } from "./policy";

const optionalText = z
    .string()
    .nullish()
    .transform((value) => value ?? undefined);

/** JSON inside a string, which AGB uses in many places. A missing or empty string becomes `undefined`. */
export function jsonText<T extends z.ZodType>(inner: T) {
    return z
        .string()
        .nullish()
        .transform((text, context) => {
            if (text == null || text.trim() === "") return undefined;
            try {
                return JSON.parse(text) as unknown;
            } catch {
                context.addIssue({ code: "custom", message: "is not JSON" });
                return z.NEVER;
            }
        })
        .pipe(inner.optional());
}

/** The envelope of a response. */
export const envelopeSchema = z.looseObject({
    success: z.boolean(),
    code: optionalText,
    message: optionalText,
    httpStatusCode: z.number().nullish(),
    requestId: optionalText,
    data: z.unknown().optional(),
    nextToken: optionalText,
    maxResults: z.number().nullish(),
    count: z.number().nullish(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** The envelope of `releaseSessionAsync` and `refreshSessionIdleTime`: everything is in `body`, with capitalized keys. */
const wrappedSchema = z.looseObject({
    body: z.looseObject({ Success: z.boolean().optional(), success: z.boolean().optional() }),
});

/** Parses either form of the envelope into the plain one. */
export const anyEnvelopeSchema = z.preprocess((response) => {
    const wrapped = wrappedSchema.safeParse(response);
    if (!wrapped.success) return response;
    return Object.fromEntries(
        Object.entries(wrapped.data.body).map(([key, value]) => [key.charAt(0).toLowerCase() + key.slice(1), value]),
    );
}, envelopeSchema);

export const contextSchema = z.looseObject({
    id: z.string().min(1),
    name: z.string(),
    createTime: optionalText,
    lastUsedTime: optionalText,
    state: optionalText,
});
export type WireContext = z.infer<typeof contextSchema>;

export const contextFileSchema = z.looseObject({
    fileId: optionalText,
    fileName: z.string(),
    filePath: z.string(),
    fileType: optionalText,
    gmtCreate: optionalText,
    gmtModified: optionalText,
    size: z
        .number()
        .nullish()
        .transform((value) => value ?? undefined),
    status: optionalText,
});
export type WireContextFile = z.infer<typeof contextFileSchema>;

export function isFolder({ fileType = "" }: WireContextFile): boolean {
    return /^(folder|dir|directory)$/i.test(fileType);
}

export const presignedUrlSchema = z.looseObject({ url: z.string().min(1), expireTime: z.number().nullish() });

export const createdSessionSchema = z.looseObject({
    sessionId: optionalText,
    success: z.boolean().nullish(),
    errMsg: optionalText,
    appInstanceId: optionalText,
    resourceId: optionalText,
    resourceUrl: optionalText,
    linkUrl: optionalText,
    wsUrl: optionalText,
    token: optionalText,
});

export const sessionSchema = z.looseObject({
    sessionId: z.string().min(1),
    appInstanceId: optionalText,
    resourceId: optionalText,
    resourceUrl: optionalText,
    status: optionalText,
    linkUrl: optionalText,
    wsUrl: optionalText,
    token: optionalText,
});
export type WireSession = z.infer<typeof sessionSchema>;

export const sessionInfoSchema = z
    .looseObject({ status: optionalText, Status: optionalText })
    .transform((info) => ({ status: info.status ?? info.Status }));

export const listedSessionSchema = z.looseObject({ sessionId: z.string().min(1), sessionStatus: optionalText });
export type WireListedSession = z.infer<typeof listedSessionSchema>;

export const labelsSchema = z.record(z.string(), z.string());
export const sessionLabelsSchema = z.looseObject({ labels: jsonText(labelsSchema) });

/** A sync of one mount, as `GetContextInfo` lists it. Unknown fields are dropped, because tasks become resource outputs. */
export const syncTaskSchema = z.object({
    contextId: z.string(),
    path: z.string(),
    status: z.string(),
    taskType: z.string(),
    /** Seconds or milliseconds since the epoch. 0 if unknown. */
    startTime: z
        .number()
        .nullish()
        .transform((value) => value ?? 0),
    finishTime: z
        .number()
        .nullish()
        .transform((value) => value ?? 0),
    errorMessage: z
        .string()
        .nullish()
        .transform((value) => value ?? ""),
});
export type SyncTask = z.infer<typeof syncTaskSchema>;

const statusEntrySchema = z.looseObject({ type: z.string().optional(), data: z.unknown() });
export const contextInfoSchema = z
    .looseObject({ contextStatus: jsonText(z.array(statusEntrySchema)) })
    .transform((info) => (info.contextStatus ?? []).filter((entry) => entry.type === "data").map((entry) => entry.data))
    .pipe(z.array(jsonText(z.array(syncTaskSchema))))
    .transform((lists) => lists.flatMap((list) => list ?? []));

/** The tools of an image, as JSON text. Only the names are used. Entries in another form are skipped. */
export const toolListSchema = jsonText(z.array(z.unknown())).transform((entries) =>
    (entries ?? []).flatMap((entry) => {
        const tool = z.looseObject({ name: z.string() }).safeParse(entry);
        return tool.success ? [tool.data] : [];
    }),
);

export const toolResultSchema = z.looseObject({
    content: z
        .array(z.looseObject({ type: z.string(), text: optionalText }))
        .nullish()
        .transform((value) => value ?? []),
    isError: z
        .boolean()
        .nullish()
        .transform((value) => value ?? false),
});

/**
 * A sync policy with every default filled in. Parsing `{}` returns the policy of a mount that has none. Unknown parts are
 * dropped.
 */
export const syncPolicySchema = z.object({
    uploadPolicy: z
        .object({
            autoUpload: z.boolean().default(true),
            uploadStrategy: z.enum(UploadStrategy).default(UploadStrategy.UploadBeforeResourceRelease),
            uploadMode: z.enum(UploadMode).default(UploadMode.File),
        })
        .prefault({}),
    downloadPolicy: z
        .object({
            autoDownload: z.boolean().default(true),
            downloadStrategy: z.enum(DownloadStrategy).default(DownloadStrategy.DownloadAsync),
        })
        .prefault({}),
    deletePolicy: z.object({ syncLocalFile: z.boolean().default(true) }).prefault({}),
    extractPolicy: z
        .object({
            extract: z.boolean().default(true),
            deleteSrcFile: z.boolean().default(true),
            extractToCurrentFolder: z.boolean().default(false),
        })
        .prefault({}),
    recyclePolicy: z
        .object({
            lifecycle: z.enum(Lifecycle).default(Lifecycle.Forever),
            paths: z.array(z.string()).default([""]),
        })
        .prefault({}),
    bwList: z
        .object({
            whiteLists: z
                .array(z.object({ path: z.string(), excludePaths: z.array(z.string()).default([]) }))
                .default([]),
        })
        .prefault({}),
    mappingPolicy: z.object({ path: z.string() }).optional(),
});
export type SyncPolicy = z.output<typeof syncPolicySchema>;

/** A mount in the `persistenceDataList` of `createSession`. */
export interface WireMount {
    contextId: string;
    /** The absolute path of the mount in the session. */
    path: string;
    /** A {@link SyncPolicy} as JSON. */
    policy: string;
}

/** The error code for a session that does not exist, which every call except for tool calls uses. */
export const SESSION_NOT_FOUND = "InvalidMcpSession.NotFound";
