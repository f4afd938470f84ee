/** Uploads of many small files and of a large one, against `curl`. */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withAgb } from "../lib/agb.mjs";
import { uploadWithCurl } from "../lib/curl.mjs";
import { isInstalled, measured } from "../lib/measured.mjs";
import { cleanEnvironment, ROOT } from "../lib/project.mjs";
import { alternate, comparison, figure } from "../lib/rounds.mjs";

export const title = "Files uploaded to a context";
export const gap =
    "This package also hashes each file, and lists the context before and after the upload to find files in the way and to see that the service has them. `curl` does neither.";

const MB = 1024 * 1024;
const FILES_PER_FOLDER = 100;
const seconds = (result) => result.seconds;
const program = (name) => join(ROOT, "bench", "programs", name);

export async function run({ rounds, small }) {
    if (!isInstalled("curl")) return { rows: [], skipped: ["curl"] };
    const work = mkdtempSync(join(tmpdir(), "pulumi-agb-bench-"));
    try {
        const rows = [];
        for (const [count, latencyMs, parallel, goal] of small
            ? [[20, 0, 8]]
            : [
                  [1000, 50, 32, 1.3],
                  [2000, 0, 8, 1.2],
              ]) {
            rows.push(...(await many(join(work, String(count)), { count, latencyMs, parallel, goal, rounds })));
        }
        rows.push(...(await large(join(work, "large"), { megabytes: small ? 4 : 1024, rounds })));
        return { rows, skipped: [] };
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}

async function many(folder, { count, latencyMs, parallel, goal, rounds }) {
    const files = Array.from({ length: count }, (_, index) => {
        const name = `${Math.floor(index / FILES_PER_FOLDER)}/${index}.txt`;
        mkdirSync(join(folder, name, ".."), { recursive: true });
        writeFileSync(join(folder, name), `file ${index}\n`.repeat(10));
        return [join(folder, name), `/home/work/${name}`];
    });
    const { ours, curl } = await alternate(rounds, {
        ours: () =>
            withAgb({ latencyMs }, async (agb) => {
                const result = await play(agb, ["folder.mjs"], { BENCH_FOLDER: folder });
                if (result.files !== count) throw new Error(`Uploaded ${result.files} of ${count} files`);
                return { ...result, requests: (await agb.requests()).length };
            }),
        curl: (round) =>
            withAgb({ latencyMs }, async (agb) =>
                uploadWithCurl(agb, await contextOf(agb), files, parallel, `${folder}-curl-${round}`),
            ),
    });
    const what = `${count} small files at ${latencyMs} ms`;
    const against = `curl, ${parallel} at a time`;
    return [
        comparison({ what, unit: "s", ours, against, theirs: curl, of: seconds, limit: "1", goal }),
        comparison({ what: `${what}, CPU`, ours, against, theirs: curl }),
        figure({
            what: `${what}: requests`,
            unit: "requests",
            values: ours.map(({ requests }) => requests),
            limit: String(2 * count),
        }),
    ];
}

async function large(file, { megabytes, rounds }) {
    writeRandom(file, megabytes);
    const { ours, curl } = await alternate(rounds, {
        ours: () => withAgb({}, (agb) => play(agb, ["largeFile.mjs"], { BENCH_FILE: file })),
        curl: (round) =>
            withAgb({}, async (agb) =>
                uploadWithCurl(agb, await contextOf(agb), [[file, "/home/file"]], 1, `${file}-curl-${round}`),
            ),
    });
    const what = `a file of ${megabytes} MB`;
    return [
        comparison({ what, unit: "s", ours, against: "curl", theirs: curl, of: seconds, limit: "1", goal: 1 }),
        figure({ what: `${what}: growth of memory`, unit: "MB", values: ours.map(({ growth }) => growth), goal: 100 }),
    ];
}

async function play(agb, [name, ...args], env) {
    const { stdout, cpu } = await measured([process.execPath, program(name), ...args], {
        env: { ...cleanEnvironment(), ...agb.env, ...env },
    });
    return { ...JSON.parse(stdout), cpu };
}

async function contextOf({ endpoint, apiKey }) {
    const response = await fetch(`${endpoint}/sdk/GetContext?name=bench&allowCreate=true`, {
        headers: { authorization: `Bearer ${apiKey}` },
    });
    return (await response.json()).data.id;
}

function writeRandom(file, megabytes) {
    const descriptor = openSync(file, "w");
    for (let written = 0; written < megabytes; written++) writeSync(descriptor, randomBytes(MB));
    closeSync(descriptor);
}
