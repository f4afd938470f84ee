/**
 * The workflow with this package: a context and a session with three mounts of it, 1 MB written, the session released,
 * and a new session that reads it. Prints the seconds.
 */
import { AgbClient } from "pulumi-agb/client";
import { create, remove } from "../lib/handlers.mjs";
import { CHECK, DATA, FILE, IMAGE, PATHS, PIECE } from "../lib/workflow.mjs";

const client = await AgbClient.connect();
const startedAt = performance.now();
const { id: contextId } = await create("context", "bench", {});
const session = (name) =>
    create("session", name, { imageId: IMAGE, contextSyncs: PATHS.map((path) => ({ contextId, path })) });
const first = await session("first");
for (let position = 0; position < DATA.length; position += PIECE) {
    await client.callTool(first.id, "write_file", {
        path: FILE,
        content: DATA.slice(position, position + PIECE),
        mode: position === 0 ? "overwrite" : "append",
    });
}
await remove("session", first);
const second = await session("second");
const found = await client.callTool(second.id, "shell", { command: CHECK, timeout_ms: 20_000 });
const seconds = (performance.now() - startedAt) / 1000;
if (!found.includes(String(DATA.length))) throw new Error(`The second session has other data: ${found}`);
await client.close();
console.log(JSON.stringify({ seconds }));
process.exit();
