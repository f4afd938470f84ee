/** Starts a local AGB whose CPU time is counted apart from that of what uses it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const PROGRAM = join(import.meta.dirname, "agbProcess.mjs");

/** Options are those of `startLocalAgb`, and `logs`, which records requests. */
export async function startAgb(options = {}) {
    const child = fork(PROGRAM, [JSON.stringify({ logs: true, ...options })]);
    const answer = async () => {
        const [message] = await Promise.race([
            once(child, "message"),
            once(child, "exit").then(() => Promise.reject(new Error("The local AGB has exited"))),
        ]);
        return message;
    };
    const { endpoint, apiKey, pid } = await answer();
    const ask = () => {
        child.send("usage");
        return answer();
    };
    return {
        endpoint,
        apiKey,
        pid,
        env: { AGB_ENDPOINT: endpoint, AGB_API_KEY: apiKey, NO_PROXY: "127.0.0.1,localhost" },
        /** The CPU time so far, and the requests since the last time it was asked. */
        usage: ask,
        requests: async () => (await ask()).requests,
        async stop() {
            const exited = once(child, "exit");
            child.send("stop");
            await exited;
        },
    };
}

/** Runs `work` with a local AGB that ends afterwards. */
export async function withAgb(options, work) {
    const agb = await startAgb(options);
    try {
        return await work(agb);
    } finally {
        await agb.stop();
    }
}
