/** The CPU time of the local AGB for a small call, against fastify's hello world, and for a large file, against `cp`. */
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { startServer, withAgb } from "../lib/agb.mjs";
import { measured } from "../lib/measured.mjs";
import { ROOT } from "../lib/project.mjs";
import { short } from "../lib/report.mjs";
import { alternate, comparison, figure, summary } from "../lib/rounds.mjs";

export const title = "The CPU time of the local AGB";
export const gap =
    "Each call checks the key, parses its parameters and answers in an envelope. A file is received over HTTP and written.";

const MB = 1024 * 1024;
const CONNECTIONS = 8;
const HELLO = join(ROOT, "bench", "programs", "hello.mjs");

export async function run({ rounds, small }) {
    const [calls, megabytes] = small ? [100, 4] : [20_000, 1024];
    const { agb, hello } = await alternate(rounds, {
        agb: () =>
            withAgb({ logs: false }, async (server) => {
                const headers = { authorization: `Bearer ${server.apiKey}` };
                const url = `${server.endpoint}/sdk/GetContext?name=bench&allowCreate=true`;
                return cpuOf(server, calls, () => load(url, headers, calls));
            }),
        hello: async () => {
            const server = await startServer(HELLO);
            try {
                return await cpuOf(server, calls, () => load(`${server.endpoint}/hello`, {}, calls));
            } finally {
                await server.stop();
            }
        },
    });
    return {
        rows: [
            comparison({
                what: "GetContext",
                unit: "µs of CPU",
                ours: agb,
                against: "fastify hello world",
                theirs: hello,
                of: ({ microseconds }) => microseconds,
                limit: "1",
                goal: 1.6,
            }),
            await largeFile(megabytes, rounds),
        ],
    };
}

async function cpuOf(server, calls, work) {
    // Compiles the code.
    await work();
    const before = (await server.usage()).cpu;
    await work();
    return { microseconds: (((await server.usage()).cpu - before) / calls) * 1e6 };
}

/** Sends a request `count` times over a few connections. */
async function load(url, headers, count) {
    const dispatcher = new Agent({ connections: CONNECTIONS });
    let left = count;
    const sendSome = async () => {
        while (left-- > 0) {
            const { statusCode, body } = await request(url, { dispatcher, headers });
            await body.dump();
            if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
        }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendSome));
    await dispatcher.close();
}

async function largeFile(megabytes, rounds) {
    const work = mkdtempSync(join(tmpdir(), "pulumi-agb-bench-"));
    const file = join(work, "file");
    try {
        const descriptor = openSync(file, "w");
        for (let written = 0; written < megabytes; written++) writeSync(descriptor, randomBytes(MB));
        closeSync(descriptor);
        const { agb, cp } = await alternate(rounds, {
            agb: () => withAgb({}, (server) => put(server, file, megabytes * MB)),
            cp: () => measured(["cp", file, join(work, "copy")]),
        });
        return figure({
            what: `a PUT of ${megabytes} MB`,
            unit: "s of CPU",
            values: agb,
            limit: `${short(summary(cp.map(({ cpu }) => cpu)).median)}: cp`,
            goal: 2,
        });
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}

/** The CPU time of the server for a PUT. */
async function put({ endpoint, apiKey, usage }, file, length) {
    const headers = { authorization: `Bearer ${apiKey}` };
    const call = async (method, path) => {
        const response = await fetch(`${endpoint}${path}`, { method, headers });
        return (await response.json()).data;
    };
    const { id } = await call("GET", "/sdk/GetContext?name=bench&allowCreate=true");
    const { url } = await call("POST", `/sdk/GetContextFileUploadUrl?contextId=${id}&filePath=/home/file`);
    const before = (await usage()).cpu;
    const { statusCode, body } = await request(url, {
        method: "PUT",
        body: createReadStream(file, { highWaterMark: MB }),
        headers: { "content-length": String(length) },
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`The PUT answered ${statusCode}`);
    return (await usage()).cpu - before;
}
