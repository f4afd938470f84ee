/** Warnings about mounts: each when it applies, and none about unknown values. */
import { describe, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { mountWarnings, warnAboutMoves } from "../../provider/handlers/session/mountWarnings";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { completePolicies } from "../../provider/handlers/session/storedPolicies";
import { originOf } from "../support/handlers";

type Given = { contextId: unknown; path: unknown; policy?: unknown };
function inputs(name: string, ...contextSyncs: Given[]): SessionInputs {
    const __origin = originOf(name);
    const { inputs, failures } = sessionHandlers.check({ olds: {}, news: { imageId: "i", contextSyncs, __origin } });
    expect(failures).toEqual([]);
    return completePolicies(inputs) as unknown as SessionInputs;
}
const readOnly = { uploadPolicy: { autoUpload: false } };

describe("a single session", () => {
    const warnings = (...mounts: Given[]) => mountWarnings(inputs("dev", ...mounts));

    it("triggers a warning about a path that no session can write to", () => {
        expect(warnings({ contextId: "SdkCtx-c", path: "/opt/work" })).toEqual([
            'Session "dev": contextSyncs[0].path "/opt/work" is not a place that sessions can write to. Mount below /home or /tmp.',
        ]);
        expect(
            warnings({ contextId: "SdkCtx-c", path: "/home/work" }, { contextId: "SdkCtx-c", path: "/tmp" }),
        ).toEqual([]);
    });

    it("triggers a warning about an upload that would empty the context", () => {
        const policy = { downloadPolicy: { autoDownload: false } };
        expect(warnings({ contextId: "SdkCtx-c", path: "/home/w", policy })).toEqual([
            expect.stringMatching(
                /the mount at \/home\/w uploads but does not download, so its first upload removes from context SdkCtx-c/,
            ),
        ]);
        expect(
            warnings({
                contextId: "SdkCtx-c",
                path: "/home/w",
                policy: { ...policy, deletePolicy: { syncLocalFile: false } },
            }),
        ).toEqual([]);
        expect(warnings({ contextId: "SdkCtx-c", path: "/home/w", policy: { ...policy, ...readOnly } })).toEqual([]);
    });

    it("triggers a warning about a context that is given by its name", () => {
        expect(warnings({ contextId: "work", path: "/home/work" })).toEqual([
            'Session "dev": contextSyncs[0].contextId "work" looks like the name of a context instead of its id, which starts with "SdkCtx-". Use the output id of the context, or agb.getContextOutput({ name: "work" }).id.',
        ]);
    });

    it("triggers a warning about look-alikes in all of its paths", () => {
        const policy = {
            bwList: { whiteLists: [{ path: "src", excludePaths: ["node\u2010modules"] }] },
            mappingPolicy: { path: "/home/w\u043erk" },
        };
        expect(warnings({ contextId: "SdkCtx-c", path: "/home/work\uff0fa", policy })).toEqual([
            'Session "dev": contextSyncs[0].path "/home/work\uff0fa" contains "\uff0f" (U+FF0F) instead of "/". Correct it, unless you mean this character.',
            'Session "dev": contextSyncs[0].policy.bwList.whiteLists[0].excludePaths[0] "node\u2010modules" contains "\u2010" (U+2010) instead of "-". Correct it, unless you mean this character.',
            'Session "dev": contextSyncs[0].policy.mappingPolicy.path "/home/w\u043erk" contains "\u043e" (U+043E) instead of "o". Correct it, unless you mean this character.',
        ]);
    });

    it("triggers no warning about unknown values, but about those next to them", () => {
        const policy = { downloadPolicy: { autoDownload: unknown } };
        expect(
            warnings(
                { contextId: unknown, path: "/home/a" },
                { contextId: "SdkCtx-c", path: unknown },
                { contextId: "SdkCtx-c", path: "/home/b", policy: unknown },
                { contextId: "SdkCtx-c", path: "/home/c", policy },
            ),
        ).toEqual([]);
        const download = { downloadPolicy: { autoDownload: false } };
        expect(
            warnings(
                { contextId: unknown, path: "/opt/a", policy: download },
                { contextId: "SdkCtx-c", path: unknown, policy: download },
            ),
        ).toEqual([
            expect.stringContaining('contextSyncs[0].path "/opt/a" is not a place'),
            expect.stringContaining(
                "the mount at /opt/a uploads but does not download, so its first upload removes from its context",
            ),
            expect.stringContaining(
                "a mount uploads but does not download, so its first upload removes from context SdkCtx-c",
            ),
        ]);
    });
});

describe("a mount that moves", () => {
    const before = inputs("dev", { contextId: "SdkCtx-c", path: "/home/old" }).contextSyncs;

    it("warns that its data will not show, unless it is mapped", () => {
        expect(warnAboutMoves(before, inputs("dev", { contextId: "SdkCtx-c", path: "/home/new" }))).toEqual([
            'Session "dev": context SdkCtx-c moves from /home/old to /home/new, where its data is not visible, because data is bound to the path at which it was written. To see it there, set policy.mappingPolicy: { path: "/home/old" }.',
        ]);
        expect(
            warnAboutMoves(
                before,
                inputs("dev", {
                    contextId: "SdkCtx-c",
                    path: "/home/new",
                    policy: { mappingPolicy: { path: "/home/old" } },
                }),
            ),
        ).toEqual([]);
    });

    it("is paired with the mount that it replaces, if several mounts of one context move", () => {
        const both = inputs(
            "dev",
            { contextId: "SdkCtx-c", path: "/home/a" },
            { contextId: "SdkCtx-c", path: "/home/b" },
        );
        const moved = inputs(
            "dev",
            { contextId: "SdkCtx-c", path: "/tmp/a" },
            { contextId: "SdkCtx-c", path: "/tmp/b" },
            { contextId: "SdkCtx-c", path: "/tmp/added" },
        );
        expect(warnAboutMoves(both.contextSyncs, moved)).toEqual([
            expect.stringContaining("moves from /home/a to /tmp/a"),
            expect.stringContaining("moves from /home/b to /tmp/b"),
        ]);
    });

    it("is none if only a slash at its end differs", () => {
        expect(warnAboutMoves(before, inputs("dev", { contextId: "SdkCtx-c", path: "/home/old/" }))).toEqual([]);
    });

    it("is none when another mount is added, or the context is another", () => {
        expect(
            warnAboutMoves(
                before,
                inputs(
                    "dev",
                    { contextId: "SdkCtx-c", path: "/home/old" },
                    { contextId: "SdkCtx-c", path: "/home/new" },
                ),
            ),
        ).toEqual([]);
        expect(warnAboutMoves(before, inputs("dev", { contextId: "SdkCtx-d", path: "/home/new" }))).toEqual([]);
        expect(warnAboutMoves(before, inputs("dev", { contextId: unknown, path: "/home/new" }))).toEqual([]);
    });
});
