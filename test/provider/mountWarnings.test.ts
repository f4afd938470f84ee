/** Warnings about mounts: each when it applies, and none about unknown values. */
import { describe, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { DeclaredMounts, warnAboutMoves } from "../../provider/handlers/session/mountWarnings";
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
const archive = { uploadPolicy: { uploadMode: "Archive" } };
const readOnly = { uploadPolicy: { autoUpload: false } };

describe("a single session", () => {
    const warnings = (...mounts: Given[]) => new DeclaredMounts().declare(inputs("dev", ...mounts));

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

    it("triggers a warning about archives and files in one context", () => {
        expect(
            warnings({ contextId: "c", path: "/home/a" }, { contextId: "c", path: "/home/b", policy: archive }),
        ).toEqual([expect.stringMatching(/keeps context c as an archive, Session "dev" as files/)]);
        expect(
            warnings({ contextId: "c", path: "/home/a" }, { contextId: "d", path: "/home/b", policy: archive }),
        ).toEqual([]);
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

describe("two sessions", () => {
    it("trigger a warning if both upload one context at one path", () => {
        const declared = new DeclaredMounts();
        expect(declared.declare(inputs("a", { contextId: "c", path: "/home/w" }))).toEqual([]);
        expect(declared.declare(inputs("b", { contextId: "c", path: "/home/w" }))).toEqual([
            'Session "a" and Session "b" both upload /home/w to context c: the last upload of each file wins and removes what only the other session has. Set policy.deletePolicy: { syncLocalFile: false } to keep it.',
        ]);
        expect(declared.declare(inputs("c", { contextId: "c", path: "/home/w", policy: readOnly }))).toEqual([]);
    });

    it("are not warned of a removal if neither removes anything", () => {
        const declared = new DeclaredMounts();
        const mount = { contextId: "c", path: "/home/w", policy: { deletePolicy: { syncLocalFile: false } } };
        declared.declare(inputs("a", mount));
        expect(declared.declare(inputs("b", mount))).toEqual([
            'Session "a" and Session "b" both upload /home/w to context c: the last upload of each file wins.',
        ]);
    });

    it("are warned when they keep one context in different ways", () => {
        const declared = new DeclaredMounts();
        declared.declare(inputs("a", { contextId: "c", path: "/home/a", policy: archive }));
        expect(declared.declare(inputs("b", { contextId: "c", path: "/home/b" }))).toEqual([
            expect.stringMatching(/^Session "b" keeps context c as files, Session "a" as an archive/),
        ]);
    });

    it("are none when one is checked twice, as in a replacement", () => {
        const declared = new DeclaredMounts();
        const session = inputs("a", { contextId: "c", path: "/home/w" });
        expect([...declared.declare(session), ...declared.declare(session)]).toEqual([]);
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
