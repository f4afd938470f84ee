/** The API's calls for files of contexts. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { fileNotFound } from "../apiError";
import type { ContextEntry } from "../disk/contextFiles";
import { fileKey, folderKey } from "../fileKey";
import type { Service } from "../service";
import { count, ok, optionalText, parseParams, text } from "./envelope";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

const fileParameters = z.object({ contextId: text, filePath: text });
const listParameters = z.object({
    contextId: text,
    parentFolderPath: optionalText,
    pageNumber: count(1, Number.MAX_SAFE_INTEGER),
    pageSize: count(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
});

export function fileCalls(app: FastifyInstance, { contexts, files, presigned }: Service): void {
    const presign = (method: "PUT" | "GET") => (request: FastifyRequest) => {
        const { contextId, filePath } = parseParams(fileParameters, request.query);
        contexts.get(contextId);
        const origin = `http://${request.headers.host ?? ""}`;
        return Promise.resolve(ok(presigned.sign(origin, method, contextId, fileKey(filePath))));
    };
    app.post("/sdk/GetContextFileUploadUrl", presign("PUT"));
    app.post("/sdk/GetContextFileDownloadUrl", presign("GET"));

    app.post("/sdk/DescribeContextFiles", async (request) => {
        const { contextId, parentFolderPath = "/", pageNumber, pageSize } = parseParams(listParameters, request.query);
        contexts.get(contextId);
        const { page, total } = await files.children(
            contextId,
            folderKey(parentFolderPath),
            (pageNumber - 1) * pageSize,
            pageNumber * pageSize,
        );
        return ok(page.map(toWireFile), { count: total });
    });

    app.post("/sdk/DeleteContextFile", async (request) => {
        const { contextId, filePath } = parseParams(fileParameters, request.query);
        contexts.get(contextId);
        if (!(await files.removeFile(contextId, fileKey(filePath)))) throw fileNotFound(filePath);
        return ok();
    });
}

function toWireFile({ path, folder, size, modifiedMs }: ContextEntry) {
    const modified = modifiedMs === undefined ? undefined : new Date(modifiedMs).toISOString();
    return {
        fileId: Buffer.from(path).toString("base64url"),
        fileName: path.slice(path.lastIndexOf("/") + 1),
        filePath: `/${path}`,
        fileType: folder ? "FOLDER" : "FILE",
        ...(modified !== undefined && { gmtCreate: modified, gmtModified: modified }),
        size,
        status: "available",
    };
}
