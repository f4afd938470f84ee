import * as agb from "pulumi-agb";

const context = new agb.Context("work");

// One file, from a text here. `source: new pulumi.asset.FileAsset("prompt.md")` would take it from a file of any size.
const prompt = new agb.ContextFile("prompt", {
    contextId: context.id,
    path: "/home/work/prompt.md",
    content: "Read data/visitors.csv, and tell which city had the most visitors.\n",
});

// A whole folder: only what changes is uploaded again, and what is removed here is removed there.
const data = new agb.ContextFolder("data", {
    contextId: context.id,
    path: "/home/work/data",
    source: "data",
    exclude: ["**/*.tmp"],
});

// It begins when the files are there, since a session sees what its context held when it began. It only reads them: a session that uploads the folder
// would bring back what is removed here, and remove what is added.
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
