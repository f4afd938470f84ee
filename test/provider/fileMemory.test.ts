/** A transferred file is never held in memory as a whole. A program of the benchmarks measures it in its own process. */
import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startLocalAgb, type LocalAgb } from "../../emulator/index";
import { root } from "../support/engines";
import { run } from "../support/processes";
import { tempFolder } from "../support/tempFolder";

const MB = 1024 * 1024;
const MEGABYTES = 256;
const file = join(tempFolder("memory"), "file");
let agb: LocalAgb;

beforeAll(async () => {
    for (let written = 0; written < MEGABYTES; written++) appendFileSync(file, randomBytes(MB));
    agb = await startLocalAgb();
});
afterAll(() => agb.close());

it("uses far less memory than the size of the file, in both directions", async () => {
    const transfer = async (direction: string) => {
        const { exit, stdout, text } = await run(
            [process.execPath, join(root, "bench", "programs", "largeFile.mjs"), direction],
            { env: { ...process.env, AGB_ENDPOINT: agb.endpoint, AGB_API_KEY: agb.apiKey, BENCH_FILE: file } },
        );
        expect(exit, text).toBe(0);
        return JSON.parse(stdout) as { hash: string; size: number; growth: number };
    };
    const sent = await transfer("up");
    const received = await transfer("down");
    expect(received).toMatchObject({ hash: sent.hash, size: MEGABYTES * MB });
    for (const { growth } of [sent, received]) expect(growth).toBeLessThan(100);
});
