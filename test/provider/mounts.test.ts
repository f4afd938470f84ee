/** Which mounts a session may have together. */
import { describe, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { mountFailures, mountSchema, sameMounts, type Mount } from "../../provider/handlers/session/mounts";

const failures = (...paths: unknown[]) =>
    mountFailures(paths.map((path, i) => ({ contextId: `c${i}`, path }))).map(
        ({ property, reason }) => `${property} ${reason}`,
    );
const isBelow = (inner: string, outer: string, of: string) =>
    `${inner} is below ${outer}, the path of ${of}; the outer context would store the files of the inner one too and later bring old ones back, so choose paths that do not contain each other`;

describe("the mounts of a session", () => {
    it("may lie next to each other", () => {
        expect(failures("/home/work", "/home/work2", "/home/in/work", "/tmp", "/home/wor")).toEqual([]);
        expect(failures(unknown, "/home/work", undefined, "")).toEqual([]);
    });

    it("must not contain each other, in whatever order and context", () => {
        const nested = isBelow('contextSyncs[1].path "/home/work/in"', '"/home/work"', "contextSyncs[0]");
        expect(failures("/home/work", "/home/work/in")).toEqual([nested]);
        expect(failures("/home/work/a/b/", "/home/work")).toEqual([
            isBelow('contextSyncs[0].path "/home/work/a/b/"', '"/home/work"', "contextSyncs[1]"),
        ]);
        expect(failures("/home", "/home/a", "/home/a/b")).toEqual([
            isBelow('contextSyncs[1].path "/home/a"', '"/home"', "contextSyncs[0]"),
            isBelow('contextSyncs[2].path "/home/a/b"', '"/home/a"', "contextSyncs[1]"),
        ]);
        expect(failures("/tmp", "/")).toEqual([isBelow('contextSyncs[0].path "/tmp"', '"/"', "contextSyncs[1]")]);
    });

    it("must not have the same path", () => {
        expect(failures("/home/a", "/home/a/")).toEqual([
            'contextSyncs[1].path "/home/a/" is already the path of contextSyncs[0]; each mount needs its own path',
        ]);
    });

    it("name the look-alike that makes a path invalid", () => {
        expect(failures("\uff0fhome/a")).toEqual([
            'contextSyncs[0].path "\uff0fhome/a" must be an absolute path without "." or "..", such as "/home/work"; it contains "\uff0f" (U+FF0F) instead of "/"',
        ]);
    });

    it("are not compared if a path is invalid", () => {
        expect(failures("/home/a", "/home/a/../a/b")).toEqual([
            'contextSyncs[1].path "/home/a/../a/b" must be an absolute path without "." or "..", such as "/home/work"',
        ]);
    });

    it("have policies with paths relative to the mount", () => {
        const listing = (path: string, ...excludePaths: string[]) => ({
            bwList: { whiteLists: [{ path, excludePaths }] },
        });
        const of = (policy: object) =>
            mountFailures([{ contextId: "c", path: "/home/a/", policy }]).map(({ property, reason }) => [
                property,
                reason,
            ]);
        const [at, takes] = ["contextSyncs[0].policy", "is an absolute path, but AGB takes it relative to"];
        // AGB ignores a slash at the start.
        expect(of(listing("/src", "/lib", "lib"))).toEqual([]);
        expect(of(listing("/homes"))).toEqual([]);
        expect(of(listing("/home/a/src"))).toEqual([
            [`${at}.bwList.whiteLists[0].path`, `"/home/a/src" ${takes} the mount; write "src"`],
        ]);
        expect(of(listing("/home/a"))).toEqual([[`${at}.bwList.whiteLists[0].path`, `"/home/a" ${takes} the mount`]]);
        expect(of(listing("/tmp/src"))).toEqual([[`${at}.bwList.whiteLists[0].path`, `"/tmp/src" ${takes} the mount`]]);
        expect(of(listing("src", "/home/a/src/lib/x"))).toEqual([
            [
                `${at}.bwList.whiteLists[0].excludePaths[0]`,
                `"/home/a/src/lib/x" ${takes} the path of its entry; write "lib/x"`,
            ],
        ]);
        expect(of({ recyclePolicy: { paths: ["/home/a/logs", "logs"] } })).toEqual([
            [`${at}.recyclePolicy.paths[0]`, `"/home/a/logs" ${takes} the mount; write "logs"`],
        ]);
    });

    it("may name paths in their policies that are not known yet", () => {
        const policy = { bwList: { whiteLists: [{ path: unknown, excludePaths: [unknown] }, unknown] } };
        expect(mountFailures([{ contextId: "c", path: "/home/a", policy }])).toEqual([]);
    });
});

describe("two lists of mounts", () => {
    const mount = (path: string, policy: object = {}) => mountSchema.parse({ contextId: `of ${path}`, path, policy });
    const listing = (...whiteLists: object[]) => mount("/home/a", { bwList: { whiteLists } });
    const recycling = (...paths: string[]) => mount("/home/a", { recyclePolicy: { paths } });
    const areSame = (one: Mount[], other: Mount[]): boolean => {
        const result = sameMounts(one, other);
        expect(sameMounts(other, one)).toBe(result);
        return result;
    };

    it("are the same in any order, and however their paths are spelled", () => {
        const [a, b] = [mount("/home/a"), mount("/home/b")];
        expect(areSame([a, b], [b, a])).toBe(true);
        expect(areSame([a], [{ ...a, path: "/home/a/" }])).toBe(true);
        expect(areSame([], [])).toBe(true);
    });

    it("differ if a mount differs in its context, path or policy, or is missing", () => {
        const a = mount("/home/a");
        expect(areSame([a], [])).toBe(false);
        expect(areSame([a], [{ ...a, contextId: "other" }])).toBe(false);
        expect(areSame([a], [{ ...a, path: "/home/b" }])).toBe(false);
        expect(areSame([a], [mount("/home/a", { uploadPolicy: { autoUpload: false } })])).toBe(false);
        expect(areSame([a], [mount("/home/a", { recyclePolicy: { lifecycle: "Lifecycle_1Day" } })])).toBe(false);
    });

    it("may list the files of a policy in any order and spelling", () => {
        const entries = [{ path: "src/lib", excludePaths: ["x", "y"] }, { path: "docs" }];
        const spelled = [{ path: "docs/" }, { path: "//src/lib", excludePaths: ["/y", "x/", "y"] }];
        expect(areSame([listing(...entries)], [listing(...spelled)])).toBe(true);
        expect(areSame([recycling("a", "b")], [recycling("/b/", "a", "b")])).toBe(true);
    });

    it("differ if a policy lists other files", () => {
        const src = { path: "src/lib", excludePaths: ["x"] };
        expect(areSame([listing(src)], [listing()])).toBe(false);
        expect(areSame([listing(src)], [listing({ ...src, path: "srclib" })])).toBe(false);
        expect(areSame([listing(src)], [listing({ ...src, excludePaths: ["y"] })])).toBe(false);
        expect(areSame([listing(src)], [listing(src, { ...src, excludePaths: ["y"] })])).toBe(false);
        expect(areSame([recycling("a")], [recycling("b")])).toBe(false);
    });

    it("may differ if a part is not known yet", () => {
        const a = mount("/home/a");
        const partly = [
            unknown,
            [unknown],
            [{ ...a, path: unknown }],
            [{ ...a, policy: unknown }],
            [{ ...a, policy: { ...a.policy, bwList: unknown } }],
            [{ ...a, policy: { ...a.policy, recyclePolicy: { ...a.policy.recyclePolicy, paths: [unknown] } } }],
        ];
        for (const mounts of partly) expect(areSame([a], mounts as unknown as Mount[])).toBe(false);
    });
});
