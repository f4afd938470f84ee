import { createHash } from "node:crypto";
import { Transform, type Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { fileKey } from "../fileKey";
import { ApiError } from "../apiError";
import type { Service } from "../service";

/** The largest file that one PUT may bring. */
const LARGEST_FILE = 5 * 1024 ** 3;

interface ObjectRoute {
    Params: { contextId: string; "*": string };
    Querystring: { Expires?: string; Signature?: string };
    Body: Readable | undefined;
}

/** What presigned addresses lead to. They need no key, and bytes go through without being held. */
export function objectRoutes(app: FastifyInstance, { files, presigned }: Service): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));

    const locate = (
        request: FastifyRequest<ObjectRoute>,
        reply: FastifyReply,
    ): { contextId: string; key: string } | undefined => {
        const contextId = request.params.contextId;
        const key = fileKey(`/${request.params["*"]}`);
        const refusal = presigned.verify(request.method, contextId, key, request.query);
        if (refusal === undefined) return { contextId, key };
        void reply.code(403).type("text/plain").send(`${refusal}\n`);
        return undefined;
    };

    app.put<ObjectRoute>("/objects/:contextId/*", async (request, reply) => {
        const place = locate(request, reply);
        if (place === undefined) return reply;
        // Before the first byte where the length is told, else as soon as there are too many.
        if (Number(request.headers["content-length"]) > LARGEST_FILE) throw tooLarge();
        const md5 = createHash("md5");
        let received = 0;
        const checked = new Transform({
            transform(chunk: Buffer, _encoding, done) {
                received += chunk.length;
                md5.update(chunk);
                done(received > LARGEST_FILE ? tooLarge() : null, chunk);
            },
        });
        // Without a content type and without bytes there is no parsed body: the file is an empty one.
        await files.put(place.contextId, place.key, request.body ?? request.raw, checked);
        return reply
            .code(200)
            .header("etag", `"${md5.digest("hex").toUpperCase()}"`)
            .send();
    });

    app.get<ObjectRoute>("/objects/:contextId/*", { exposeHeadRoute: false }, async (request, reply) => {
        const place = locate(request, reply);
        if (place === undefined) return reply;
        const file = await files.get(place.contextId, place.key);
        if (file === undefined) return reply.code(404).type("text/plain").send("there is no such file\n");
        return reply
            .code(200)
            .type("application/octet-stream")
            .headers({
                "content-length": file.size,
                "last-modified": new Date(file.modifiedMs).toUTCString(),
                "x-content-type-options": "nosniff",
            })
            .send(file.content);
    });
}

const tooLarge = (): ApiError =>
    new ApiError("EntityTooLarge", "the file is larger than 5 GiB, the most that one PUT may bring", 413);
