/** The README's commands, run in a copy of a clone, with the local AGB that they start. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AgbClient } from "../../provider/agb";
import { hasPulumi, root } from "../support/engines";
import { run } from "../support/processes";

const clone = mkdtempSync(join(tmpdir(), "pulumi-agb-clone-"));
const own = join(clone, ".pulumi-agb", "agb");
const { AGB_API_KEY, AGB_ENDPOINT, ...env } = process.env;
const deploy = (...args: string[]) =>
    run([process.execPath, join(clone, "examples", "deploy.mjs"), ...args], {
        cwd: clone,
        env: { ...env, NO_COLOR: "1" },
    });
const server = () => JSON.parse(readFileSync(join(own, "server.json"), "utf8")) as { endpoint: string; pid: number };

beforeAll(() => {
    for (const file of ["Pulumi.yaml", "package.json", "examples"]) {
        cpSync(join(root, file), join(clone, file), {
            recursive: true,
            filter: (source) => !source.includes("node_modules"),
        });
    }
    for (const folder of ["dist", "node_modules"]) symlinkSync(join(root, folder), join(clone, folder));
});
afterAll(() => {
    if (existsSync(join(own, "server.json"))) process.kill(server().pid);
    // The server may still be removing its lock.
    rmSync(clone, { recursive: true, force: true, maxRetries: 3 });
});

it("deploys, changes nothing on a second run, prints outputs as JSON, and destroys everything", async () => {
    const first = await deploy("up");
    expect(first.text).toMatch(
        hasPulumi
            ? /^Using the pulumi command/m
            : /^Using the embedded engine: the pulumi command is not installed\.$/m,
    );
    expect(first.text).toMatch(/3 created|2 created/);
    expect(first.exit).toBe(0);

    const again = await deploy("up");
    expect(again.text).toMatch(/3 unchanged/);

    const { stdout } = await deploy("output", "--json");
    const outputs = JSON.parse(stdout) as { contextId: string; sessionId: string };
    expect(outputs).toMatchObject({
        syncStatus: "Success",
        contextStatuses: [
            { path: "/home/notes", status: "Success" },
            { path: "/home/project", status: "Success" },
        ],
    });
    const apiKey = readFileSync(join(own, "api-key"), "utf8").trim();
    const client = new AgbClient({ endpoint: server().endpoint, apiKey, timeoutMs: 5000 });
    expect((await client.getSession(outputs.sessionId)).sessionId).toBe(outputs.sessionId);

    const down = await deploy("destroy");
    expect(down.text).toMatch(/3 deleted/);
    expect(down.exit).toBe(0);
    expect((await client.listContexts().next()).done).toBe(true);
    await client.close();
    for (const text of [first.text, again.text, stdout, down.text]) expect(text).not.toContain(apiKey);
});
