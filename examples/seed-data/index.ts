/** Local files uploaded to a context before a session mounts it. */
import * as agb from "pulumi-agb";

const context = new agb.Context("work");

// A single file with inline content. To upload a local file of any size, use
// `source: new pulumi.asset.FileAsset("prompt.md")`.
const prompt = new agb.ContextFile("prompt", {
    contextId: context.id,
    path: "/home/work/prompt.md",
    content: "Read data/visitors.csv and name the city that had the most visitors.\n",
});

// A whole folder. A deployment uploads only the files that changed, and removes from the context
// the files that were removed locally.
const data = new agb.ContextFolder("data", {
    contextId: context.id,
    path: "/home/work/data",
    source: "data",
    exclude: ["**/*.tmp"],
});

// `dependsOn` makes the session start after the files are uploaded, because a session sees what its
// context contained at its start. It only reads them. If the session uploaded the folder, it would
// restore files that were removed locally and remove files that were added.
const session = new agb.Session(
    "dev",
    {
        imageId: "agb-code-space-2",
        idleReleaseTimeout: 30 * 60,
        contextSyncs: [{ contextId: context.id, path: "/home/work", policy: { uploadPolicy: { autoUpload: false } } }],
    },
    { dependsOn: [prompt, data] },
);

export const contextId = context.id;
export const sessionId = session.id;
export const promptHash = prompt.hash;
export const files = data.files;
