/** The same sessions as in `fleet.js`, with the least requests, all at once. */
import { createSession, ensureContext, untilSynced } from "../lib/bareClient.mjs";

const contexts = await Promise.all([ensureContext("one"), ensureContext("two")]);
const sessions = Array.from({ length: Number(process.env.BENCH_SIZE) }, async () =>
    untilSynced(await createSession("agb-code-space-1", contexts, ["/home/one", "/home/two"])),
);
await Promise.all(sessions);
process.exit();
