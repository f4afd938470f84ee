/** `BENCH_SIZE` sessions that mount two contexts each. */
"use strict";
const agb = require("pulumi-agb");

const contexts = ["one", "two"].map((name) => ({ name, id: new agb.Context(name).id }));
for (let index = 0; index < Number(process.env.BENCH_SIZE); index++) {
    new agb.Session(`session${index}`, {
        imageId: "agb-code-space-1",
        contextSyncs: contexts.map(({ name, id }) => ({ contextId: id, path: `/home/${name}` })),
    });
}
