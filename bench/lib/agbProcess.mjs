/** A local AGB in a process of its own. The benchmark asks it for its requests and its CPU time over IPC. */
import { startLocalAgb } from "../../dist/emulator/index.js";

const requests = [];
const { logs, ...options } = JSON.parse(process.argv[2]);
const agb = await startLocalAgb({
    ...options,
    ...(logs && {
        log: ({ call, time, milliseconds }) => {
            const end = Date.parse(time);
            requests.push({ call, start: end - milliseconds, end });
        },
    }),
});
process.on("message", async (message) => {
    if (message === "stop") {
        await agb.close();
        process.disconnect();
        return;
    }
    const { user, system } = process.cpuUsage();
    process.send({ cpu: (user + system) / 1e6, requests: requests.splice(0) });
});
process.on("disconnect", () => process.exit());
process.send({ endpoint: agb.endpoint, apiKey: agb.apiKey });
