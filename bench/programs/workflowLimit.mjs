/** The same workflow as in `workflow.mjs`, with the least requests. */
import { callTool, createSession, ensureContext, send, untilGone, untilSynced } from "../lib/bareClient.mjs";
import { CHECK, DATA, FILE, IMAGE, PATHS, PIECE } from "../lib/workflow.mjs";

const startedAt = performance.now();
const contextId = await ensureContext("bench");
const first = await createSession(IMAGE, [contextId], PATHS);
await untilSynced(first);
for (let position = 0; position < DATA.length; position += PIECE) {
    const content = DATA.slice(position, position + PIECE);
    await callTool(first, "write_file", { path: FILE, content, mode: position === 0 ? "overwrite" : "append" });
}
await send("POST", "/sdk/SyncContext", { sessionId: first, mode: "upload" });
await untilSynced(first);
await send("POST", "/mcp/releaseSessionAsync", {}, { sessionId: first });
await untilGone(first);
const second = await createSession(IMAGE, [contextId], PATHS);
await untilSynced(second);
const found = JSON.stringify(await callTool(second, "shell", { command: CHECK, timeout_ms: 20_000 }));
const seconds = (performance.now() - startedAt) / 1000;
if (!found.includes(String(DATA.length))) throw new Error(`The second session has other data: ${found}`);
console.log(JSON.stringify({ seconds }));
process.exit();
