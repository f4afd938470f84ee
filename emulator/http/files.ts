import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { fileKey, folderKey } from "../fileKey";
import { fileNotFound } from "../apiError";
import type { Service } from "../service";
import { ok, count, optionalText, parseParams, text } from "./envelope";

const fileParameters = z.object({ contextId: text, filePath: text });
const listParameters = z.object({
    contextId: text,
    parentFolderPath: optionalText,
    pageNumber: count(1, Number.MAX_SAFE_INTEGER),
    pageSize: count(50, 1000),
});

export function fileCalls(app: FastifyInstance, { contexts, files, presigned }: Service): void {
    const url = (method: "PUT" | "GET") => (request: FastifyRequest) => {
        const { contextId, filePath } = parseParams(fileParameters, request.query);
        contexts.get(contextId);
        return Promise.resolve(
            ok(presigned.sign(`http://${request.headers.host ?? ""}`, method, contextId, fileKey(filePath))),
        );
    };
    app.post("/sdk/GetContextFileUploadUrl", url("PUT"));
    app.post("/sdk/GetContextFileDownloadUrl", url("GET"));

    app.post("/sdk/DescribeContextFiles", async (request) => {
        const { contextId, parentFolderPath = "/", pageNumber, pageSize } = parseParams(listParameters, request.query);
        contexts.get(contextId);
        const { shown, count: all } = await files.children(
            contextId,
            folderKey(parentFolderPath),
            (pageNumber - 1) * pageSize,
            pageNumber * pageSize,
        );
        return ok(
            shown.map(({ path, folder, size, modifiedMs }) => {
                const times =
                    modifiedMs === undefined
                        ? {}
                        : {
                              gmtCreate: new Date(modifiedMs).toISOString(),
                              gmtModified: new Date(modifiedMs).toISOString(),
                          };
                return {
                    fileId: Buffer.from(path).toString("base64url"),
                    fileName: path.slice(path.lastIndexOf("/") + 1),
                    filePath: `/${path}`,
                    fileType: folder ? "FOLDER" : "FILE",
                    ...times,
                    size,
                    status: "available",
                };
            }),
            { count: all },
        );
    });

    app.post("/sdk/DeleteContextFile", async (request) => {
        const { contextId, filePath } = parseParams(fileParameters, request.query);
        contexts.get(contextId);
        if (!(await files.removeFile(contextId, fileKey(filePath)))) throw fileNotFound(filePath);
        return ok();
    });
}
