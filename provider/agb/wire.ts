/**
 * The wire format of the AGB API as zod schemas. An answer is refused only if something that is used of it is missing:
 * unknown fields and entries are skipped, and values in another form are read where possible.
 */
import { z } from "zod";
import { oneLine } from "../../common/oneLine";
import { MAX_SERVER_TEXT } from "./errors";
import { DownloadStrategy, Lifecycle, SessionStatus, SyncMode, SyncStatus, UploadMode, UploadStrategy } from "./policy";
import { epoch, fitting, flag, json, listOf, number, requiredText, text } from "./tolerant";

/** The envelope of a response. */
export const envelopeSchema = z.looseObject({
    success: flag.pipe(z.boolean("is missing")),
    code: text,
    message: text,
    requestId: text,
    data: z.unknown().optional(),
    nextToken: text,
    /** The number of items on all pages of a listing. */
    count: number,
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** The envelope of `releaseSessionAsync` and `refreshSessionIdleTime`: everything is in `body`, with capitalized keys. */
const wrappedSchema = z.looseObject({
    body: z.looseObject({}).refine((body) => "Success" in body || "success" in body),
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
    id: requiredText,
    name: text.transform((name) => name ?? ""),
    createTime: text,
    lastUsedTime: text,
    state: text,
});
export type WireContext = z.infer<typeof contextSchema>;

export const contextFileSchema = z.looseObject({
    fileId: text,
    filePath: requiredText,
    fileType: text,
    gmtCreate: text,
    gmtModified: text,
    size: number,
    status: text,
});
export type WireContextFile = z.infer<typeof contextFileSchema>;

export function isFolder({ fileType = "" }: WireContextFile): boolean {
    return /^(folder|dir|directory)$/i.test(fileType);
}

/** A numbered page of files. `length` counts entries that cannot be read, too. */
export const contextFilesSchema = z
    .array(z.unknown())
    .nullish()
    .transform((entries) => ({ files: fitting(contextFileSchema, entries ?? []), length: entries?.length ?? 0 }));

export const presignedUrlSchema = z.looseObject({
    url: text.pipe(z.url({ protocol: /^https?$/, error: "is not a URL" })),
});

export const createdSessionSchema = z.looseObject({
    sessionId: text,
    success: flag,
    errMsg: text,
    appInstanceId: text,
    resourceId: text,
    resourceUrl: text,
    linkUrl: text,
    wsUrl: text,
    token: text,
});

export const sessionSchema = z.looseObject({
    sessionId: requiredText,
    appInstanceId: text,
    resourceId: text,
    resourceUrl: text,
    status: text.transform((status) => status && knownWord(Object.values(SessionStatus))(status)),
    linkUrl: text,
    wsUrl: text,
    token: text,
});
export type WireSession = z.infer<typeof sessionSchema>;

export const sessionInfoSchema = z
    .looseObject({ status: text, Status: text })
    .transform((info) => ({ status: info.status ?? info.Status }));

export const listedSessionSchema = z.looseObject({ sessionId: requiredText, sessionStatus: text });
export type WireListedSession = z.infer<typeof listedSessionSchema>;

export const labelsSchema = z.record(z.string(), z.string());
export const sessionLabelsSchema = z.looseObject({ labels: json(z.record(z.string(), requiredText)) });

/** A sync of one mount, as `GetContextInfo` lists it. Unknown fields are dropped, because tasks become resource outputs. */
export const syncTaskSchema = z.object({
    contextId: requiredText,
    path: requiredText,
    status: text.transform(knownWord([SyncStatus.Success, SyncStatus.Failed, SyncStatus.Pending])),
    taskType: text.transform(knownWord([SyncMode.Upload, SyncMode.Download])),
    /** Seconds or milliseconds since the epoch. 0 if unknown. */
    startTime: epoch,
    finishTime: epoch,
    errorMessage: text.transform((message) => oneLine(message ?? "", MAX_SERVER_TEXT)),
});
export type SyncTask = z.infer<typeof syncTaskSchema>;

/** Replaces a known word in other letter case by its usual spelling. */
function knownWord(words: readonly string[]) {
    return (value = ""): string => words.find((word) => word.toLowerCase() === value.trim().toLowerCase()) ?? value;
}

/** The uploads and downloads that `contextStatus` lists. Tasks of other kinds are not looked at. */
const statusEntrySchema = z.looseObject({
    type: text.transform((type) => type?.toLowerCase()),
    data: z.unknown().optional(),
});
const syncKindSchema = z.looseObject({ taskType: z.string().regex(/^\s*(?:upload|download)\s*$/i) });
export const contextInfoSchema = z
    .looseObject({ contextStatus: json(listOf(statusEntrySchema)) })
    .transform((info) => (info.contextStatus ?? []).filter((entry) => entry.type === "data").map((entry) => entry.data))
    .pipe(z.array(json(z.array(z.unknown()))))
    .transform((lists) => lists.flatMap((list) => list ?? []).filter((task) => syncKindSchema.safeParse(task).success))
    .transform((tasks) => fitting(syncTaskSchema, tasks));

/** The tools of an image, as JSON text. Only the names are used. Entries in another form are skipped. */
export const toolListSchema = json(listOf(z.looseObject({ name: requiredText }))).transform((tools) => tools ?? []);

export const toolResultSchema = z.looseObject({
    content: listOf(z.looseObject({ text })),
    isError: flag,
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
