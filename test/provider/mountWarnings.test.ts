/** Warnings about mounts: each when it applies, and none about unknown values. */
import { describe, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { mountWarnings, warnAboutMoves } from "../../provider/handlers/session/mountWarnings";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { originOf } from "../support/handlers";

type Given = { contextId: unknown; path: unknown; policy?: unknown };
function inputs(name: string, ...contextSyncs: Given[]): SessionInputs {
    const __origin = originOf(name);
    const { inputs, failures } = sessionHandlers.check({ olds: {}, news: { imageId: "i", contextSyncs, __origin } });
    expect(failures).toEqual([]);
    return inputs as unknown as SessionInputs;
}
const readOnly = { uploadPolicy: { autoUpload: false } };

describe("a single session", () => {
    const warnings = (...mounts: Given[]) => mountWarnings(inputs("dev", ...mounts));

    it("triggers a warning about a path that no session can write to", () => {
        expect(warnings({ contextId: "c", path: "/opt/work" })).toEqual([
            'Session "dev": no session can write to /opt/work. Mount below /home or /tmp.',
        ]);
        expect(warnings({ contextId: "c", path: "/home/work" }, { contextId: "c", path: "/tmp" })).toEqual([]);
    });

    it("triggers a warning about an upload that would empty the context", () => {
        const policy = { downloadPolicy: { autoDownload: false } };
        expect(warnings({ contextId: "c", path: "/home/w", policy })).toEqual([
            expect.stringMatching(
                /the mount at \/home\/w uploads but does not download, so its first upload removes from context c/,
            ),
        ]);
        expect(
            warnings({
                contextId: "c",
                path: "/home/w",
                policy: { ...policy, deletePolicy: { syncLocalFile: false } },
            }),
        ).toEqual([]);
        expect(warnings({ contextId: "c", path: "/home/w", policy: { ...policy, ...readOnly } })).toEqual([]);
    });

    it("triggers no warning about unknown values", () => {
        expect(
            warnings(
                { contextId: unknown, path: "/opt/a" },
                { contextId: "c", path: unknown },
                { contextId: "c", path: "/opt/b", policy: unknown },
                { contextId: "c", path: "/opt/c", policy: { downloadPolicy: { autoDownload: unknown } } },
            ),
        ).toEqual([]);
    });
});

describe("a mount that moves", () => {
    const before = inputs("dev", { contextId: "c", path: "/home/old" }).contextSyncs;

    it("warns that its data will not show, unless it is mapped", () => {
        expect(warnAboutMoves(before, inputs("dev", { contextId: "c", path: "/home/new" }))).toEqual([
            'Session "dev": context c moves from /home/old to /home/new, where its data is not visible, because data is bound to the path at which it was written. To see it there, set policy.mappingPolicy: { path: "/home/old" }.',
        ]);
        expect(
            warnAboutMoves(
                before,
                inputs("dev", { contextId: "c", path: "/home/new", policy: { mappingPolicy: { path: "/home/old" } } }),
            ),
        ).toEqual([]);
    });

    it("is paired with the mount that it replaces, if several mounts of one context move", () => {
        const both = inputs("dev", { contextId: "c", path: "/home/a" }, { contextId: "c", path: "/home/b" });
        const moved = inputs(
            "dev",
            { contextId: "c", path: "/tmp/a" },
            { contextId: "c", path: "/tmp/b" },
            { contextId: "c", path: "/tmp/added" },
        );
        expect(warnAboutMoves(both.contextSyncs, moved)).toEqual([
            expect.stringContaining("moves from /home/a to /tmp/a"),
            expect.stringContaining("moves from /home/b to /tmp/b"),
        ]);
    });

    it("is none if only a slash at its end differs", () => {
        expect(warnAboutMoves(before, inputs("dev", { contextId: "c", path: "/home/old/" }))).toEqual([]);
    });

    it("is none when another mount is added, or the context is another", () => {
        expect(
            warnAboutMoves(
                before,
                inputs("dev", { contextId: "c", path: "/home/old" }, { contextId: "c", path: "/home/new" }),
            ),
        ).toEqual([]);
        expect(warnAboutMoves(before, inputs("dev", { contextId: "d", path: "/home/new" }))).toEqual([]);
        expect(warnAboutMoves(before, inputs("dev", { contextId: unknown, path: "/home/new" }))).toEqual([]);
    });
});
