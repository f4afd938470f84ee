/** A file on its way is never in memory as a whole; seen from outside, by the benchmark in a process of its own. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/engines";
import { run } from "../support/processes";

const MEGABYTES = 256;

it("takes far less memory than the file has, up and down", async () => {
    const { exit, text } = await run([process.execPath, join(root, "bench", "contextFile.js"), String(MEGABYTES)], {
        cwd: root,
        env: process.env,
    });
    expect(exit, text).toBe(0);
    const grown = [...text.matchAll(/MB (up|down): .+ s, (\d+) MB more memory/g)];
    expect(grown.map(([, way]) => way)).toEqual(["up", "down"]);
    for (const [, , megabytes] of grown) expect(Number(megabytes), text).toBeLessThan(100);
});
