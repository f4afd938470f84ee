/**
 * Loads the local AGB with a context of many files, a large file and many sessions, while another client keeps sending
 * requests: `node bench/local-agb.js [FILES] [MEGABYTES] [SESSIONS]`. Prints for each step the seconds, the peak resident
 * memory of the server and how long a GetContext took meanwhile.
 */
"use strict";
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { setTimeout: pause } = require("node:timers/promises");
const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");

const MB = 1024 * 1024;

async function main() {
    const { AgbClient, digestOf } = require("../dist/provider/agb");
    const [files = 10_000, megabytes = 1024, sessions = 200] = process.argv.slice(2).map(Number);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-agb-bench-"));
    const data = path.join(folder, "agb");
    const { AGB_API_KEY, ...env } = process.env;
    const server = spawn(process.execPath, [path.resolve(__dirname, "../dist/cli/main.js"), "local", "--data", data], {
        env,
        stdio: "ignore",
    });
    const ended = once(server, "close");
    try {
        const address = await reached(data);
        const client = new AgbClient({ ...address, timeoutMs: 120_000 });
        const { id: asked } = await client.ensureContext("asked");
        const step = (what, work) => measured(what, { ...address, asked, pid: server.pid }, work);
        const session = async (contextId, uploadMode = "File") => {
            const policy = JSON.stringify({ uploadPolicy: { uploadMode } });
            return (
                await client.createSession({
                    imageId: "agb-code-space-1",
                    labels: {},
                    mounts: [{ contextId, path: "/home/w", policy }],
                })
            ).sessionId;
        };
        const command = (sessionId, text) =>
            client.callTool(sessionId, "shell", { command: `cd /home/w && ${text}`, timeout_ms: 120_000 });
        /** Until no task of a session is under way. */
        const synced = async (sessionId) => {
            for (;;) {
                const { tasks } = await client.getSyncTasks(sessionId);
                const failed = tasks.find(({ status }) => status === "Failed");
                if (failed) throw new Error(failed.errorMessage);
                if (tasks.every(({ status }) => status === "Success")) return;
                await pause(20);
            }
        };
        const upload = async (sessionId) => {
            await client.startSync(sessionId, "upload");
            await synced(sessionId);
        };
        const gone = async (sessionId) => {
            for (;;) {
                const status = await client
                    .getSessionStatus(sessionId)
                    .catch((error) =>
                        error.code === "InvalidMcpSession.NotFound" ? undefined : Promise.reject(error),
                    );
                if (status === undefined) return;
                await pause(20);
            }
        };
        await step("nothing else", () => pause(2000));

        // A tenth of the files goes before, to show what ten times as many cost.
        for (const count of [files / 10, files]) {
            const { id } = await client.ensureContext(`${count} files`);
            const writer = await session(id);
            await synced(writer);
            await command(writer, `seq ${count} | split -a 5 -l 1 - file`);
            await step(`${count} files up`, () => upload(writer));
            await step(`${count} files up again, none changed`, () => upload(writer));
            await step(`${count} files listed in pages of 50`, async () => {
                const walk = client.walkContextFiles(id);
                let seen = 0;
                while (!(await walk.next()).done) seen++;
                if (seen !== count) throw new Error(`${seen} files are listed`);
            });
            let reader;
            await step(`${count} files down into a new session`, async () => synced((reader = await session(id))));
            if ((await command(reader, "ls | wc -l")) !== (await command(writer, "ls | wc -l"))) {
                throw new Error("the sessions do not hold the same files");
            }
            await step(`${count} files: both sessions released`, () =>
                Promise.all([writer, reader].map((each) => client.releaseSession(each).then(() => gone(each)))),
            );
        }

        const { id: large } = await client.ensureContext("large");
        const writer = await session(large);
        await synced(writer);
        await step(`${megabytes} MB written in a session`, () =>
            command(writer, `head -c ${megabytes}M /dev/urandom > file`),
        );
        await step(`${megabytes} MB up`, () => upload(writer));
        await step(`${megabytes} MB up again, not changed`, () => upload(writer));
        let reader;
        await step(`${megabytes} MB down into a new session`, async () => synced((reader = await session(large))));
        const local = path.join(folder, "file");
        await step(`${megabytes} MB by a presigned GET`, async () =>
            require("node:stream/promises").pipeline(
                await client.downloadContextFile(large, "/home/w/file"),
                fs.createWriteStream(local),
            ),
        );
        const sent = await step(`${megabytes} MB by a presigned PUT`, () =>
            client.uploadContextFile(large, "/home/w/again", { file: local }),
        );
        const got = await digestOf(await client.downloadContextFile(large, "/home/w/file"));
        if (sent.hash !== got.hash || got.size !== megabytes * MB) {
            throw new Error("what came back is not what was sent");
        }
        await client.deleteContextFile(large, "/home/w/again");
        for (const each of [writer, reader]) await client.releaseSession(each).then(() => gone(each));

        const { id: packed } = await client.ensureContext("packed");
        const packer = await session(packed, "Archive");
        await synced(packer);
        await command(packer, `seq ${files} | split -a 5 -l 1 - file; head -c ${megabytes}M /dev/urandom > large`);
        await step(`${files} files and ${megabytes} MB up as an archive`, () => upload(packer));
        let unpacker;
        await step(`${files} files and ${megabytes} MB down out of an archive`, async () =>
            synced((unpacker = await session(packed, "Archive"))),
        );
        if ((await command(unpacker, "cat * | wc -c")) !== (await command(packer, "cat * | wc -c"))) {
            throw new Error("the sessions do not hold the same files");
        }
        await client.deleteContext(packed);

        const { id: shared } = await client.ensureContext("shared");
        await client.uploadContextFile(shared, "/home/w/file", { text: "x".repeat(1000) });
        let all = [];
        await step(`${sessions} sessions made at once`, async () => {
            all = await Promise.all(Array.from({ length: sessions }, () => session(shared)));
            await Promise.all(all.map(synced));
        });
        await step(`a command in each of ${sessions} sessions at once`, () =>
            Promise.all(all.map((each, index) => command(each, `echo ${index} > mine${index}`))),
        );
        await step(`${sessions} sessions released at once`, () =>
            Promise.all(all.map((each) => client.releaseSession(each).then(() => gone(each)))),
        );
        await client.close();
    } finally {
        server.kill();
        await ended;
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

/** How the local AGB is reached, once it has said so. */
async function reached(data) {
    for (;;) {
        try {
            const { endpoint } = JSON.parse(fs.readFileSync(path.join(data, "server.json"), "utf8"));
            return { endpoint, apiKey: fs.readFileSync(path.join(data, "api-key"), "utf8").trim() };
        } catch {
            await pause(50);
        }
    }
}

/** Does the work while a thread of its own asks the server and looks at its memory. */
async function measured(what, target, work) {
    const observer = new Worker(__filename, { workerData: target });
    await once(observer, "message");
    const begun = process.hrtime.bigint();
    const result = await work();
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    observer.postMessage("enough");
    const [{ times, memory }] = await once(observer, "message");
    await observer.terminate();
    times.sort((a, b) => a - b);
    const [median, worst] = [times[times.length >> 1], times.at(-1)].map(
        (milliseconds) => `${milliseconds.toFixed(1)} ms`,
    );
    console.log(
        `${what}: ${seconds.toFixed(2)} s; server ${(memory / MB).toFixed(0)} MB; GetContext ${median} (median), ${worst} (worst of ${times.length})`,
    );
    return result;
}

async function observe({ endpoint, apiKey, asked, pid }) {
    const http = require("node:http");
    const agent = new http.Agent({ keepAlive: true });
    const ask = () =>
        new Promise((done, failed) => {
            const begun = performance.now();
            http.get(
                `${endpoint}/sdk/GetContext?id=${asked}&allowCreate=false`,
                { agent, headers: { authorization: `Bearer ${apiKey}` } },
                (answer) => {
                    answer
                        .resume()
                        .once("end", () =>
                            answer.statusCode === 200
                                ? done(performance.now() - begun)
                                : failed(new Error(`GetContext: ${answer.statusCode}`)),
                        );
                },
            ).once("error", failed);
        });
    const resident = () => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
    let enough = false;
    parentPort.once("message", () => (enough = true));
    // The first one connects.
    await ask();
    parentPort.postMessage("ready");
    const times = [];
    let memory = 0;
    do {
        times.push(await ask());
        memory = Math.max(memory, resident());
        await pause(5);
    } while (!enough);
    agent.destroy();
    parentPort.postMessage({ times, memory });
}

const failed = (error) => {
    console.error(error);
    process.exitCode = 1;
};
if (isMainThread) main().catch(failed);
else {
    observe(workerData).catch((error) =>
        process.nextTick(() => {
            throw error;
        }),
    );
}
