/** Type tests, which the compiler runs: what the types of arguments and options accept, and what they refuse. */
import * as pulumi from "@pulumi/pulumi";
import * as agb from "../../provider";

const work = new agb.Context("work");
const file = { contextId: work, path: "/home/work/a.md" };
const text = new pulumi.asset.StringAsset("a");

/** A context, its id, or one that becomes known while the program runs. */
export const contexts: agb.ContextSyncArgs["contextId"][] = [work, work.id, "SdkCtx-1", pulumi.output(work)];
/** A known image, its constant, another image, or one that becomes known while the program runs. */
export const images: agb.SessionArgs["imageId"][] = [
    "agb-code-space-2",
    agb.KnownImage.BrowserUse1,
    "an-image-of-the-account",
    new pulumi.Config().require("image"),
    pulumi.output("agb-code-space-1"),
];

export const files: agb.ContextFileArgs[] = [
    { ...file, content: "a" },
    { ...file, source: text },
    // @ts-expect-error Only one of them can provide the content.
    { ...file, content: "a", source: text },
    // @ts-expect-error One of them is required.
    { ...file },
];

export const syncs: agb.SyncArgs[] = [
    { sessionId: "s" },
    { sessionId: "s", contextId: work, path: "/home/work" },
    // @ts-expect-error Both select one mount.
    { sessionId: "s", contextId: work },
    // @ts-expect-error Both select one mount.
    { sessionId: "s", path: "/home/work" },
];

export const lookups: agb.GetContextArgs[] = [
    { name: "notes", region: "r" },
    { id: work.id },
    // @ts-expect-error One of them is required.
    {},
    // @ts-expect-error Only one of them can identify the context.
    { name: "notes", id: "SdkCtx-1" },
];

export const options: agb.AgbResourceOptions[] = [
    { parent: work, protect: true, customTimeouts: { create: "1m" } },
    // @ts-expect-error Dynamic resources cannot be imported.
    { import: "SdkCtx-1" },
    // @ts-expect-error A stack uses one account.
    { provider: undefined },
    // @ts-expect-error The engine would ignore it.
    { replaceOnChanges: ["name"] },
    // What a component passes on.
    pulumi.mergeOptions({ parent: work }, { protect: true }),
];
