/** One resource of each kind, with secrets, policies and a component. */
"use strict";
const pulumi = require("@pulumi/pulumi");
const agb = require("pulumi-agb");

class Team extends pulumi.ComponentResource {
    constructor(name) {
        super("story:index:Team", name);
        this.shared = new agb.Context("shared", {}, { parent: this });
        this.registerOutputs({});
    }
}

const notes = new agb.Context("notes", { name: "notes", forceDestroy: true });
const team = new Team("team");
const readme = new agb.ContextFile("readme", {
    contextId: notes.id,
    path: "/home/notes/README.md",
    content: "Hello\n",
});
const key = new agb.ContextFile("key", {
    contextId: notes.id,
    path: "/home/notes/key",
    content: pulumi.secret("a secret text"),
});
const data = new agb.ContextFolder("data", { contextId: team.shared.id, path: "/home/data", source: "files" });
const dev = new agb.Session(
    "dev",
    {
        imageId: "agb-code-space-2",
        labels: { team: "agents", owner: pulumi.secret("somebody") },
        idleReleaseTimeout: 1200,
        contextSyncs: [
            { contextId: notes.id, path: "/home/notes", policy: { uploadPolicy: { autoUpload: false } } },
            {
                contextId: team.shared.id,
                path: "/home/data",
                policy: { bwList: { whiteLists: [{ path: "sub", excludePaths: ["tmp"] }] } },
            },
            { contextId: notes.id, path: "/tmp/work/" },
        ],
    },
    { dependsOn: [readme, key, data], customTimeouts: { create: "2m" } },
);
const sync = new agb.Sync("first", { sessionId: dev.id, triggers: ["1", { two: 2 }] });

exports.sessionId = dev.id;
exports.syncStatus = sync.syncStatus;
exports.hash = data.files;
