/** Starts servers whose CPU time is counted apart from that of what uses them, such as a local AGB. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const AGB = join(import.meta.dirname, "agbProcess.mjs");

/** Starts a program that reports its endpoint, and its CPU time when it is asked. */
export async function startServer(program, options = {}) {
    const child = fork(program, [JSON.stringify(options)]);
    const answer = async () => {
        const [message] = await Promise.race([
            once(child, "message"),
            once(child, "exit").then(() => Promise.reject(new Error(`${program} has exited`))),
        ]);
        return message;
    };
    return {
        ...(await answer()),
        pid: child.pid,
        /** The CPU time so far, in seconds, and what else the program reports. */
        usage() {
            child.send("usage");
            return answer();
        },
        async stop() {
            const exited = once(child, "exit");
            child.send("stop");
            await exited;
        },
    };
}

/** Starts a local AGB. The options are those of `startLocalAgb`, and `logs: false`, which records no requests. */
async function startAgb(options) {
    const server = await startServer(AGB, { logs: true, ...options });
    const { endpoint, apiKey, usage } = server;
    return {
        ...server,
        env: { AGB_ENDPOINT: endpoint, AGB_API_KEY: apiKey, NO_PROXY: "127.0.0.1,localhost" },
        /** The requests since the last time it was asked. */
        requests: async () => (await usage()).requests,
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
