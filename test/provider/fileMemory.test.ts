/** A transferred file is never held in memory as a whole. The benchmark measures it in a separate process. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/engines";
import { run } from "../support/processes";

const MEGABYTES = 256;

it("uses far less memory than the size of the file, in both directions", async () => {
    const { exit, text } = await run([process.execPath, join(root, "bench", "contextFile.js"), String(MEGABYTES)], {
        cwd: root,
        env: process.env,
    });
    expect(exit, text).toBe(0);
    const grown = [...text.matchAll(/MB (up|down): .+ s, (\d+) MB more memory/g)];
    expect(grown.map(([, way]) => way)).toEqual(["up", "down"]);
    for (const [, , megabytes] of grown) expect(Number(megabytes), text).toBeLessThan(100);
});
