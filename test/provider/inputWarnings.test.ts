/** Warnings of the preview about valid inputs that are probably mistakes. Each names its resource and its property. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { unknown, type CheckResult } from "../../provider/handlers/contract";
import { contextFileHandlers } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers } from "../../provider/handlers/files/contextFolder";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { syncHandlers } from "../../provider/handlers/sync";
import { originOf } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

interface Checks {
    check(request: {
        olds: Record<string, unknown>;
        news: Record<string, unknown>;
    }): CheckResult | Promise<CheckResult>;
}

async function warnings(handlers: Checks, inputs: object, olds = {}): Promise<string[]> {
    const checked = await handlers.check({ olds, news: { ...inputs, __origin: originOf("r") } });
    expect(checked.failures).toEqual([]);
    return checked.warnings ?? [];
}

const folder = tempFolder("warnings");
writeFileSync(join(folder, "a.txt"), "a");

it.each<[string, Checks, object]>([
    ["ContextFile", contextFileHandlers, { content: "a" }],
    ["ContextFolder", contextFolderHandlers, { source: folder }],
    ["ContextFolder", contextFolderHandlers, { source: unknown }],
    ["Sync", syncHandlers, { sessionId: "session-1" }],
])("of %s: a context given by its name, and a look-alike in the path", async (type, handlers, rest) => {
    expect(await warnings(handlers, { ...rest, contextId: "work", path: "/home/a\uff0fb" })).toEqual([
        `${type} "r": contextId "work" looks like the name of a context instead of its id, which starts with "SdkCtx-". Use the output id of the context, or agb.getContextOutput({ name: "work" }).id.`,
        `${type} "r": path "/home/a\uff0fb" contains "\uff0f" (U+FF0F) instead of "/". Correct it, unless you mean this character.`,
    ]);
    expect(await warnings(handlers, { ...rest, contextId: unknown, path: unknown })).toEqual([]);
    expect(await warnings(handlers, { ...rest, contextId: "SdkCtx-1", path: `/home/${type}` })).toEqual([]);
});

it("of Session: an idle time that no session reaches", async () => {
    const idle = (idleReleaseTimeout: unknown) =>
        warnings(sessionHandlers, { imageId: "agb-code-space-2", idleReleaseTimeout });
    expect(await idle(1801)).toEqual([
        'Session "r": idleReleaseTimeout 1801 is longer than a session can exist. Use at most 1800 seconds: AGB releases every session 30 minutes after its creation, even if it is in use.',
    ]);
    expect(await idle(1800)).toEqual([]);
    expect(await idle(unknown)).toEqual([]);
});

it("of Session: an image that AGB does not document, unless the last deployment used it", async () => {
    const image = (imageId: unknown, olds?: object) => warnings(sessionHandlers, { imageId }, olds);
    expect(await image("agb-code-space-9")).toEqual([
        'Session "r": imageId "agb-code-space-9" is not one of the images that AGB documents: agb-code-space-1, agb-code-space-2, agb-browser-use-1, agb-computer-use-ubuntu-2204. Check it, unless it is an image of your account.',
    ]);
    expect(await image("agb-browser-use-1")).toEqual([]);
    expect(await image(unknown)).toEqual([]);
    expect(await image("our-image", { imageId: "our-image" })).toEqual([]);
    // As a replacement is checked.
    expect(await image("our-image")).toEqual([]);
    expect(await image("our-imagf", { imageId: "our-image" })).toHaveLength(1);
});
