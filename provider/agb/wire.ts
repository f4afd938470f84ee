/**
 * What travels between a client and AGB, as zod schemas. They bear unknown extra fields, since the service adds some
 * from time to time, and the values that the official SDKs are seen to meet.
 */
import { z } from "zod";
import { DownloadStrategy, Lifecycle, UploadMode, UploadStrategy } from "./policy";

const optionalText = z
    .string()
    .nullish()
    .transform((value) => value ?? undefined);

/** JSON inside a text, as AGB likes to send it. Empty or absent text is `undefined`. */
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

/** The frame of every answer. */
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

/** The other frame, of `releaseSessionAsync` and `refreshSessionIdleTime`: everything in `body`, with capital keys. */
const wrappedSchema = z.looseObject({
    body: z.looseObject({ Success: z.boolean().optional(), success: z.boolean().optional() }),
});

/** Parses either frame into the plain one. */
export const anyEnvelopeSchema = z.preprocess((answer) => {
    const wrapped = wrappedSchema.safeParse(answer);
    if (!wrapped.success) return answer;
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

/** One task of one mount, as `GetContextInfo` lists it; it goes into outputs, so without what AGB may add. */
export const syncTaskSchema = z.object({
    contextId: z.string(),
    path: z.string(),
    status: z.string(),
    taskType: z.string(),
    /** Epoch number, 0 while unknown. */
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
 * A sync policy with every default filled in. Parsing `{}` gives the policy that a mount gets when none is named.
 * Unknown parts are dropped.
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

/** One mount, as `createSession` takes it in `persistenceDataList`. `policy` is JSON text. */
export interface WireMount {
    contextId: string;
    path: string;
    policy: string;
}

/** How AGB says that a session is gone: the one code that every call but the tools uses. */
export const SESSION_NOT_FOUND = "InvalidMcpSession.NotFound";
