/**
 * Loads the local AGB with a context of many files, a large file and many sessions, while another client keeps sending
 * requests: `node bench/load.mjs [FILES] [MEGABYTES] [SESSIONS]`. Prints for each step the seconds, the peak resident
 * memory of the server and how long a GetContext took meanwhile.
 */
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { AgbClient, digestOf } from "pulumi-agb/client";
import { withAgb } from "./lib/agb.mjs";

const MB = 1024 * 1024;

async function main() {
    const [files = 10_000, megabytes = 1024, sessions = 200] = process.argv.slice(2).map(Number);
    const folder = mkdtempSync(join(tmpdir(), "pulumi-agb-bench-"));
    try {
        await withAgb({ logs: false, dataFolder: join(folder, "agb") }, (agb) =>
            loadAgb(agb, folder, { files, megabytes, sessions }),
        );
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

async function loadAgb({ endpoint, apiKey, pid }, folder, { files, megabytes, sessions }) {
    const client = new AgbClient({ endpoint, apiKey, timeoutMs: 120_000 });
    const { id: probedId } = await client.ensureContext("probed");
    const step = (what, work) => measure(what, { endpoint, apiKey, pid, probedId }, work);
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
    /** Waits until all tasks of a session succeed. */
    const waitUntilSynced = async (sessionId) => {
        for (;;) {
            const { tasks } = await client.getSyncTasks(sessionId);
            const failed = tasks.find(({ status }) => status === "Failed");
            if (failed) throw new Error(failed.errorMessage);
            if (tasks.every(({ status }) => status === "Success")) return;
            await sleep(20);
        }
    };
    const upload = async (sessionId) => {
        await client.startSync(sessionId, "upload");
        await waitUntilSynced(sessionId);
    };
    const waitUntilGone = async (sessionId) => {
        for (;;) {
            const status = await client
                .getSessionStatus(sessionId)
                .catch((error) => (error.code === "InvalidMcpSession.NotFound" ? undefined : Promise.reject(error)));
            if (status === undefined) return;
            await sleep(20);
        }
    };
    await step("idle", () => sleep(2000));

    // A run with a tenth of the files shows how the times scale.
    for (const count of [files / 10, files]) {
        const { id } = await client.ensureContext(`${count} files`);
        const writer = await session(id);
        await waitUntilSynced(writer);
        await command(writer, `seq ${count} | split -a 5 -l 1 - file`);
        await step(`${count} files up`, () => upload(writer));
        await step(`${count} files up again, none changed`, () => upload(writer));
        await step(`${count} files listed in pages of 50`, async () => {
            const walk = client.walkContextFiles(id);
            let listed = 0;
            while (!(await walk.next()).done) listed++;
            if (listed !== count) throw new Error(`Listed ${listed} files instead of ${count}`);
        });
        let reader;
        await step(`${count} files down into a new session`, async () => waitUntilSynced((reader = await session(id))));
        if ((await command(reader, "ls | wc -l")) !== (await command(writer, "ls | wc -l"))) {
            throw new Error("The sessions do not contain the same files");
        }
        await step(`${count} files: both sessions released`, () =>
            Promise.all([writer, reader].map((each) => client.releaseSession(each).then(() => waitUntilGone(each)))),
        );
    }

    const { id: large } = await client.ensureContext("large");
    const writer = await session(large);
    await waitUntilSynced(writer);
    await step(`${megabytes} MB written in a session`, () =>
        command(writer, `head -c ${megabytes}M /dev/urandom > file`),
    );
    await step(`${megabytes} MB up`, () => upload(writer));
    await step(`${megabytes} MB up again, not changed`, () => upload(writer));
    let reader;
    await step(`${megabytes} MB down into a new session`, async () => waitUntilSynced((reader = await session(large))));
    const local = join(folder, "file");
    await step(`${megabytes} MB by a presigned GET`, async () =>
        pipeline(await client.downloadContextFile(large, "/home/w/file"), createWriteStream(local)),
    );
    const sent = await step(`${megabytes} MB by a presigned PUT`, () =>
        client.uploadContextFile(large, "/home/w/again", { file: local }),
    );
    const received = await digestOf(await client.downloadContextFile(large, "/home/w/file"));
    if (sent.hash !== received.hash || received.size !== megabytes * MB) {
        throw new Error("The downloaded file differs from the uploaded file");
    }
    await client.deleteContextFile(large, "/home/w/again");
    for (const each of [writer, reader]) await client.releaseSession(each).then(() => waitUntilGone(each));

    const { id: packed } = await client.ensureContext("packed");
    const packer = await session(packed, "Archive");
    await waitUntilSynced(packer);
    await command(packer, `seq ${files} | split -a 5 -l 1 - file; head -c ${megabytes}M /dev/urandom > large`);
    await step(`${files} files and ${megabytes} MB up as an archive`, () => upload(packer));
    let unpacker;
    await step(`${files} files and ${megabytes} MB down out of an archive`, async () =>
        waitUntilSynced((unpacker = await session(packed, "Archive"))),
    );
    if ((await command(unpacker, "cat * | wc -c")) !== (await command(packer, "cat * | wc -c"))) {
        throw new Error("The sessions do not contain the same files");
    }
    await client.deleteContext(packed);

    const { id: shared } = await client.ensureContext("shared");
    await client.uploadContextFile(shared, "/home/w/file", { text: "x".repeat(1000) });
    let all = [];
    await step(`${sessions} sessions created at once`, async () => {
        all = await Promise.all(Array.from({ length: sessions }, () => session(shared)));
        await Promise.all(all.map(waitUntilSynced));
    });
    await step(`a command in each of ${sessions} sessions at once`, () =>
        Promise.all(all.map((each, index) => command(each, `echo ${index} > mine${index}`))),
    );
    await step(`${sessions} sessions released at once`, () =>
        Promise.all(all.map((each) => client.releaseSession(each).then(() => waitUntilGone(each)))),
    );
    await client.close();
}

/** Runs `work` while a worker thread sends requests to the server and samples its memory. */
async function measure(what, target, work) {
    const observer = new Worker(import.meta.filename, { workerData: target });
    await once(observer, "message");
    const startedAt = performance.now();
    const result = await work();
    const seconds = (performance.now() - startedAt) / 1000;
    observer.postMessage("stop");
    const [{ timesMs, peakMemory }] = await once(observer, "message");
    await observer.terminate();
    timesMs.sort((a, b) => a - b);
    const [median, worst] = [timesMs[timesMs.length >> 1], timesMs.at(-1)].map(
        (milliseconds) => `${milliseconds.toFixed(1)} ms`,
    );
    console.log(
        `${what}: ${seconds.toFixed(2)} s; server ${(peakMemory / MB).toFixed(0)} MB; GetContext ${median} (median), ${worst} (worst of ${timesMs.length})`,
    );
    return result;
}

async function observe({ endpoint, apiKey, pid, probedId }) {
    const agent = new Agent({ keepAlive: true });
    const probe = () =>
        new Promise((resolve, reject) => {
            const startedAt = performance.now();
            get(
                `${endpoint}/sdk/GetContext?id=${probedId}&allowCreate=false`,
                { agent, headers: { authorization: `Bearer ${apiKey}` } },
                (response) => {
                    response
                        .resume()
                        .once("end", () =>
                            response.statusCode === 200
                                ? resolve(performance.now() - startedAt)
                                : reject(new Error(`GetContext: ${response.statusCode}`)),
                        );
                },
            ).once("error", reject);
        });
    const residentBytes = () => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
    let isStopped = false;
    parentPort.once("message", () => (isStopped = true));
    // The first request connects.
    await probe();
    parentPort.postMessage("ready");
    const timesMs = [];
    let peakMemory = 0;
    do {
        timesMs.push(await probe());
        peakMemory = Math.max(peakMemory, residentBytes());
        await sleep(5);
    } while (!isStopped);
    agent.destroy();
    parentPort.postMessage({ timesMs, peakMemory });
}

const reportFailure = (error) => {
    console.error(error);
    process.exitCode = 1;
};
if (isMainThread) main().catch(reportFailure);
else {
    observe(workerData).catch((error) =>
        process.nextTick(() => {
            throw error;
        }),
    );
}
