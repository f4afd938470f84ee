/** A context, and sessions whose numbers of mounts differ. */
"use strict";
const agb = require("pulumi-agb");

const context = new agb.Context("c0");
for (const count of [0, 1, 3]) {
    new agb.Session(`s${count}`, {
        imageId: "agb-code-space-1",
        contextSyncs: Array.from({ length: count }, (_, index) => ({
            contextId: context.id,
            path: `/home/mount${index}`,
        })),
    });
}
