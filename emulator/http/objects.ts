/** What presigned URLs point to. Requests need no API key, and file contents are streamed. */
import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../apiError";
import { fileKey } from "../fileKey";
import type { Service } from "../service";

const MAX_FILE_BYTES = 5 * 1024 ** 3;

interface ObjectRoute {
    Params: { contextId: string; "*": string };
    Querystring: { Expires?: string; Signature?: string };
    Body: Readable | undefined;
}

export function objectRoutes(app: FastifyInstance, { files, presigned }: Service): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));

    // The rest of a body that is not read would be in the way of the next request on the connection.
    app.addHook("onSend", (request, reply, payload, done) => {
        if (!request.raw.complete) void reply.header("connection", "close");
        done(null, payload);
    });

    /** The file that a URL is signed for; `undefined` if the request has been rejected. */
    const locate = (
        request: FastifyRequest<ObjectRoute>,
        reply: FastifyReply,
    ): { contextId: string; key: string } | undefined => {
        const contextId = request.params.contextId;
        const key = fileKey(`/${request.params["*"]}`);
        const problem = presigned.verify(request.method, contextId, key, request.query);
        if (problem === undefined) return { contextId, key };
        void reply.code(403).type("text/plain").send(`${problem}\n`);
        return undefined;
    };

    app.put<ObjectRoute>("/objects/:contextId/*", async (request, reply) => {
        const target = locate(request, reply);
        if (target === undefined) return reply;
        // A declared length is checked before the first byte; otherwise the bytes are counted as they arrive.
        if (Number(request.headers["content-length"]) > MAX_FILE_BYTES) throw tooLarge();
        let size = 0;
        // A request without a content type and without bytes has no parsed body: the file is empty.
        const modifiedMs = await files.put(target.contextId, target.key, request.body ?? request.raw, (bytes) => {
            if (bytes > MAX_FILE_BYTES) throw tooLarge();
            size = bytes;
        });
        return reply.code(200).header("etag", etag({ size, modifiedMs })).send();
    });

    app.get<ObjectRoute>("/objects/:contextId/*", { exposeHeadRoute: false }, async (request, reply) => {
        const target = locate(request, reply);
        if (target === undefined) return reply;
        const file = await files.get(target.contextId, target.key);
        if (file === undefined) return reply.code(404).type("text/plain").send("the file does not exist\n");
        return reply
            .code(200)
            .type("application/octet-stream")
            .headers({
                "content-length": file.size,
                etag: etag(file),
                "last-modified": new Date(file.modifiedMs).toUTCString(),
                "x-content-type-options": "nosniff",
            })
            .send(file.content);
    });
}

/** Identifies a version of a file. A hash of the content would cost more than all the rest of an upload. */
const etag = ({ size, modifiedMs }: { size: number; modifiedMs: number }): string =>
    `"${modifiedMs.toString(16)}-${size.toString(16)}"`;

const tooLarge = (): ApiError =>
    new ApiError("EntityTooLarge", "the file exceeds 5 GiB, the maximum for one PUT request", 413);
