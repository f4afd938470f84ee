/** Uploads that the server refuses before it has read them. */
import { execFile } from "node:child_process";
import { readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { tempFolder } from "../../support/tempFolder";
import { clientOf, startServer, type TestClient } from "./client";
import { startProcess } from "./process";

/** Lets the server fail to write, as it would if the disk was full. */
async function refuseWrites(agb: TestClient): Promise<void> {
    const incoming = join(agb.local.dataFolder, "incoming");
    await rm(incoming, { recursive: true });
    await writeFile(incoming, "");
}

it("an upload that cannot be written does not delay the next call on its connection", async () => {
    const agb = await startServer();
    const url = await agb.url("Upload", await agb.createContext("data"), "/home/a");
    await refuseWrites(agb);
    const agent = new Agent({ connections: 1 });
    try {
        // Small bodies arrive as a whole, larger ones are refused while they are sent.
        for (const size of [1, 100, 500, 1000, 4000, 20_000]) {
            const put = await request(url, { method: "PUT", body: Buffer.alloc(size * 1024), dispatcher: agent });
            expect([put.statusCode, await put.body.text()]).toEqual([500, expect.stringContaining("not a directory")]);
            const { statusCode, body } = await request(`${agb.endpoint}/local/health`, {
                dispatcher: agent,
                headersTimeout: 2000,
            });
            expect([size, statusCode, await body.text()]).toEqual([size, 200, expect.stringContaining("instance")]);
        }
    } finally {
        await agent.destroy();
    }
});

it.runIf(process.platform === "linux")(
    "an upload that the disk takes in part is refused, and leaves nothing",
    async () => {
        const folder = tempFolder("partial");
        const server = await startProcess(folder);
        try {
            const agb = clientOf(server);
            const contextId = await agb.createContext("data");
            // A limit in the middle of the last piece, whose beginning the disk takes without an error.
            const limit = 1_500_000;
            await promisify(execFile)("prlimit", ["--pid", String(server.child.pid), `--fsize=${limit}`]);
            await expect(agb.put(contextId, "/home/a", Buffer.alloc(limit + 400_000))).rejects.toThrow("500");
            expect(await agb.files(contextId)).toEqual([]);
            expect(await readdir(join(folder, "incoming"))).toEqual([]);
            await agb.put(contextId, "/home/a", Buffer.alloc(limit));
            expect(await agb.files(contextId)).toEqual(["/home/a"]);
        } finally {
            await server.end("SIGKILL");
        }
    },
);

it.each(["declared as too large", "not signed"])(
    "an upload that is %s is answered and closed before it is read",
    async (why) => {
        const agb = await startServer();
        const url = new URL(await agb.url("Upload", await agb.createContext("data"), "/home/a"));
        const query = why === "not signed" ? "" : url.search;
        const socket = connect(Number(url.port), url.hostname);
        socket.write(
            `PUT ${url.pathname}${query} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 999999999999\r\n\r\nbegin`,
        );
        expect(await text(socket)).toMatch(why === "not signed" ? /^HTTP\/1.1 403 / : /^HTTP\/1.1 413 /);
    },
);
