/** Saved state survives, however the process that saved it ends. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseCheckpoint } from "../../engine/state/checkpoint";
import { root } from "../support/engines";

const ROUNDS = 12;
const folder = mkdtempSync(join(tmpdir(), "durability-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Saves states one after another, the n-th with the id n, and prints n when it is on disk. */
const WRITER = `
const state = (name) => require(${JSON.stringify(join(root, "dist/engine/state"))} + "/" + name);
const { FileBackend } = state("backend.js");
const { StackState } = state("stackState.js");
const stack = { project: "shop", name: "dev" };
const crypter = { salt: "v1:s:v1:n:c", encrypt: (text) => text, decrypt: (text) => text };
(async () => {
    const backend = new FileBackend("file://" + process.argv[1], "/");
    await backend.ensureLayout();
    const saved = await StackState.open(backend, stack, { version: 3 }, crypter, "");
    for (let n = Number(process.argv[2]); ; n++) {
        const resources = Array.from({ length: 200 }, (_, index) => ({ urn: "urn:pulumi:dev::shop::a:b:C::" + index, custom: true, type: "a:b:C", id: String(n) }));
        await saved.save({ resources, pendingOperations: [] });
        // From the second state on, a previous one exists.
        if (n > 1) process.stdout.write(n + "\\n");
    }
})();`;

/** Runs the writer from `first` until it is killed at a random moment, and returns the last state that it reported as saved. */
function writeUntilKilled(first: number, lifetime: number): Promise<number> {
    const child = spawn(process.execPath, ["-e", WRITER, folder, String(first)], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on("data", (part: Buffer) => {
        printed += part.toString();
        timer ??= setTimeout(() => child.kill("SIGKILL"), lifetime);
    });
    return new Promise((resolve) =>
        child.on("close", () => {
            clearTimeout(timer);
            resolve(Number(printed.slice(0, printed.lastIndexOf("\n")).split("\n").at(-1)));
        }),
    );
}

test("a writer killed at any moment leaves a complete state, no older than the last one it reported as saved", async () => {
    const file = join(folder, ".pulumi/stacks/shop/dev.json");
    let next = 1;
    for (let round = 0; round < ROUNDS; round++) {
        const safe = await writeUntilKilled(next, Math.random() * 60);
        for (const [copy, oldest] of [
            [file, safe],
            [`${file}.bak`, safe - 1],
        ] as const) {
            const resources = parseCheckpoint(readFileSync(copy, "utf8"), copy).deployment?.resources ?? [];
            expect(resources).toHaveLength(200);
            const ids = new Set(resources.map(({ id }) => id));
            expect(ids.size).toBe(1);
            expect(Number([...ids][0])).toBeGreaterThanOrEqual(oldest);
            // The next round continues from the stored state: a state that was being written at the time of the kill is in neither file.
            if (copy === file) next = Number([...ids][0]) + 1;
        }
    }
});
