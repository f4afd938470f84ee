/** Warnings of a `Sync` about files that its upload may remove. Each test declares resources of its own. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { declarations } from "../../provider/handlers/declared/declarations";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { syncHandlers } from "../../provider/handlers/sync";
import { originOf } from "../support/handlers";

let contextId: string;
let name: string;
let sessionId: string;
beforeEach(() => {
    name = `dev-${randomUUID()}`;
    contextId = `SdkCtx-${name}`;
    sessionId = `session-${name}`;
    const policy = { uploadPolicy: { autoUpload: false } };
    const contextSyncs = ["/home/w", "/home/x"].map((path) => ({ contextId, path, policy }));
    const common = { __origin: originOf(name) };
    sessionHandlers.check({ olds: {}, news: { imageId: "i", contextSyncs, ...common } });
    declarations.identifySession(sessionId, common);
    declarations.addContent("ContextFile", { __origin: originOf(`seed-${name}`) }, { contextId, path: "/home/w/a.md" });
});

/** The warnings about a `Sync` of the session. */
function warnings(news: Record<string, unknown> = {}, after = [`Session:${name}`]): string[] | undefined {
    const __origin = { ...originOf(`save-${name}`), after };
    const { failures, warnings } = syncHandlers.check({ olds: {}, news: { sessionId, __origin, ...news } });
    expect(failures).toEqual([]);
    return warnings;
}
const ABOUT_FILE = [expect.stringMatching(/^ContextFile "seed-.+" puts \/home\/w\/a\.md in .+ uploads \/home\/w, /)];

describe("a Sync that uploads", () => {
    it("warns about a file in any mount of its session, which it finds by its id or by its order", () => {
        expect(warnings({}, [])).toEqual(ABOUT_FILE);
    });

    it("finds a session that is still unknown by its order", () => {
        expect(warnings({ sessionId: unknown })).toEqual(ABOUT_FILE);
    });

    it("warns about nothing if nothing says which session it belongs to", () => {
        expect(warnings({ sessionId: unknown }, [])).toEqual([]);
    });

    it("warns only about the mount that it names", () => {
        expect(warnings({ contextId, path: "/home/x" })).toEqual([]);
        expect(warnings({ contextId, path: "/home/w" })).toEqual(ABOUT_FILE);
    });

    it("warns about nothing while its mount is unknown", () => {
        expect(warnings({ contextId: unknown, path: "/home/w" })).toEqual([]);
        expect(warnings({ contextId, path: unknown })).toEqual([]);
    });
});

it("does not warn if it downloads, or if its inputs are not valid", () => {
    expect(warnings({ mode: "download" })).toEqual([]);
    expect(syncHandlers.check({ olds: {}, news: { sessionId: 1 } }).warnings).toEqual([]);
});
