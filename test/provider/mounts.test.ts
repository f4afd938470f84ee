/** Which mounts a session may have together. */
import { describe, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { mountFailures } from "../../provider/handlers/session/mounts";

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

    it("are not compared if a path is invalid", () => {
        expect(failures("/home/a", "/home/a/../a/b")).toEqual([
            'contextSyncs[1].path "/home/a/../a/b" must be an absolute path without "." or "..", such as "/home/work"',
        ]);
    });
});
