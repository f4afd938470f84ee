/** The least that a server with fastify does. Reports its CPU time over IPC, as the local AGB of the benchmarks does. */
import fastify from "fastify";

const app = fastify();
app.get("/hello", () => Promise.resolve({ hello: "world" }));
const endpoint = await app.listen({ host: "127.0.0.1", port: 0 });
process.on("message", async (message) => {
    if (message === "stop") {
        await app.close();
        process.disconnect();
        return;
    }
    const { user, system } = process.cpuUsage();
    process.send({ cpu: (user + system) / 1e6 });
});
process.send({ endpoint });
