/** `BENCH_SIZE` resources of this package: contexts, and as many sessions that mount one each. */
"use strict";
const agb = require("pulumi-agb");

for (let index = 0; index < Number(process.env.BENCH_SIZE) / 2; index++) {
    const context = new agb.Context(`context${index}`);
    new agb.Session(`session${index}`, {
        imageId: "agb-code-space-2",
        idleReleaseTimeout: 1800,
        contextSyncs: [{ contextId: context.id, path: "/home/work" }],
    });
}
