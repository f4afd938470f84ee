/** Warnings about resources of one deployment that harm each other, in whatever order they are checked. */
import { describe, expect, it } from "vitest";
import { unknown, type CheckResult } from "../../provider/handlers/contract";
import { ContextIndex } from "../../provider/handlers/declared/contextIndex";
import { Declarations } from "../../provider/handlers/declared/declarations";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { completePolicies } from "../../provider/handlers/session/storedPolicies";
import { originOf } from "../support/handlers";
import { cpuMs } from "../support/cpuTime";

type Given = { contextId?: unknown; path: unknown; policy?: unknown };

const common = (name: string, after: string[] = []) => ({ __origin: { ...originOf(name), after } });

function sessionInputs(name: string, mounts: Given[], after: string[] = []): SessionInputs {
    const contextSyncs = mounts.map((mount) => ({ contextId: "c", ...mount }));
    const { inputs, failures } = sessionHandlers.check({
        olds: {},
        news: { imageId: "i", contextSyncs, ...common(name, after) },
    }) satisfies CheckResult;
    expect(failures).toEqual([]);
    return completePolicies(inputs) as unknown as SessionInputs;
}

const archive = { uploadPolicy: { uploadMode: "Archive" } };
const readOnly = { uploadPolicy: { autoUpload: false } };
const keeping = { deletePolicy: { syncLocalFile: false } };

/** A deployment, whose methods check one resource each and return its warnings. */
function deployment() {
    const declarations = new Declarations();
    return {
        context: (resource: string, inputs: { name?: unknown; region?: unknown; adopt?: boolean }) =>
            declarations.addContext({ adopt: false, ...common(resource), ...inputs } as never),
        session: (name: string, mounts: Given[], after?: string[]) =>
            declarations.addSession(sessionInputs(name, mounts, after)),
        checked: (inputs: SessionInputs) => declarations.addSession(inputs),
        file: (name: string, path: string, after?: string[], contextId = "c") =>
            declarations.addContent("ContextFile", common(name, after), { contextId, path }),
        folder: (name: string, path: string, files: string[], after?: string[]) =>
            declarations.addContent("ContextFolder", common(name, after), { contextId: "c", path, files }),
        upload: (name: string, after?: string[], path?: string, sessionId?: string) =>
            declarations.addUpload(
                common(name, after),
                sessionId,
                path === undefined ? undefined : { contextId: "c", path },
            ),
        identify: (name: string, id: string) => declarations.identifySession(id, common(name)),
    };
}

describe("two contexts", () => {
    it("must not have the same name", () => {
        const { context } = deployment();
        expect(context("a", { name: "same" })).toEqual([]);
        expect(context("b", { name: "same" })).toEqual([
            {
                property: "name",
                reason: 'is also the name of Context "a", but names are unique in an account; choose another one, or use the id of Context "a" instead of a second resource',
            },
        ]);
    });

    it("may have the same name in two regions, if one of them adopts, or if a name is not known yet", () => {
        const { context } = deployment();
        context("a", { name: "same" });
        expect(context("b", { name: "same", region: "r" })).toEqual([]);
        expect(context("c", { name: "same", adopt: true })).toEqual([]);
        for (const name of [unknown, undefined]) {
            expect(context("d", { name })).toEqual([]);
            expect(context("e", { name })).toEqual([]);
        }
    });

    it("may exchange their names, also if one of them is checked again", () => {
        const { context } = deployment();
        context("a", { name: "one" });
        expect(context("a", { name: "one" })).toEqual([]);
        expect(context("a", { name: "two" })).toEqual([]);
        expect(context("b", { name: "one" })).toEqual([]);
    });
});

describe("two sessions", () => {
    const both =
        'Session "a" and Session "b" both upload /home/w to context c: the last upload of each file wins and removes what only the other session has. Set policy.deletePolicy: { syncLocalFile: false } to keep it.';

    it("trigger a warning if both upload one context at one path", () => {
        const { session } = deployment();
        expect(session("a", [{ path: "/home/w" }])).toEqual([]);
        expect(session("b", [{ path: "/home/w/" }])).toEqual([both]);
        expect(session("c", [{ path: "/home/w", policy: readOnly }])).toEqual([]);
    });

    it("trigger a warning if the path of one contains that of the other, whichever is checked first", () => {
        const warning =
            'Session "a" uploads /home and Session "b" uploads /home/w/in to context c: the last upload of each file wins and removes what only the other session has. Set policy.deletePolicy: { syncLocalFile: false } to keep it.';
        const outerFirst = deployment();
        outerFirst.session("a", [{ path: "/home" }]);
        expect(outerFirst.session("b", [{ path: "/home/w/in" }])).toEqual([warning]);
        const innerFirst = deployment();
        innerFirst.session("a", [{ path: "/home/w/in" }]);
        expect(innerFirst.session("b", [{ path: "/home" }])).toEqual([
            expect.stringMatching(/^Session "a" uploads \/home\/w\/in and Session "b" uploads \/home to context c/),
        ]);
    });

    it("trigger none for paths next to each other, other contexts or allowlists that do not overlap", () => {
        const { session } = deployment();
        const only = (path: string) => ({ bwList: { whiteLists: [{ path }] } });
        expect([
            ...session("a", [{ path: "/home/w" }]),
            ...session("b", [{ path: "/home/work" }]),
            ...session("c", [{ contextId: "d", path: "/home/w" }]),
            ...session("d", [{ path: "/tmp/w", policy: only("src") }]),
            ...session("e", [{ path: "/tmp/w", policy: only("/data/") }]),
        ]).toEqual([]);
        expect(session("f", [{ path: "/tmp/w", policy: only("data/in") }])).toEqual([
            expect.stringMatching(/^Session "e" and Session "f" both upload \/tmp\/w/),
        ]);
    });

    it("are not warned of a removal if neither removes anything", () => {
        const { session } = deployment();
        session("a", [{ path: "/home/w", policy: keeping }]);
        expect(session("b", [{ path: "/home/w", policy: keeping }])).toEqual([
            'Session "a" and Session "b" both upload /home/w to context c: the last upload of each file wins.',
        ]);
    });

    it("are warned when they keep one path of a context in different formats, and only then", () => {
        const { session } = deployment();
        const reading = { ...readOnly, uploadPolicy: { ...readOnly.uploadPolicy, uploadMode: "Archive" } };
        session("a", [{ path: "/home/w" }, { path: "/home/zip", policy: archive }]);
        expect(session("b", [{ path: "/home/w", policy: reading }])).toEqual([
            'Session "b" keeps /home/w in context c as an archive, Session "a" as files. AGB does not support both at one path: use the same uploadMode, or different paths or contexts.',
        ]);
        expect(session("c", [{ path: "/home/other", policy: reading }])).toEqual([]);
    });

    it("are none when one is checked twice, as in a replacement", () => {
        const { session } = deployment();
        expect([...session("a", [{ path: "/home/w" }]), ...session("a", [{ path: "/home/w" }])]).toEqual([]);
        expect(session("b", [{ path: "/home/w" }])).toEqual([both]);
        expect([...session("a", [{ path: "/home/w" }]), ...session("b", [{ path: "/home/w" }])]).toEqual([]);
        expect(session("b", [{ path: "/home/elsewhere" }])).toEqual([]);
        expect(session("d", [{ path: "/home/elsewhere", policy: readOnly }])).toEqual([]);
    });

    it("are not compared by what is unknown", () => {
        const { session } = deployment();
        session("a", [{ path: "/home/w" }]);
        expect([
            ...session("b", [{ contextId: unknown, path: "/home/w" }]),
            ...session("c", [{ path: unknown }]),
            ...session("d", [{ path: "/home/w", policy: unknown }]),
        ]).toEqual([]);
    });
});

describe("a file below a mount that uploads", () => {
    const warning =
        'ContextFile "seed" puts /home/w/a.md in context c, where Session "dev" uploads /home/w, and neither depends on the other: the session may start too early, and its upload may then remove it or bring old content back. Set the option dependsOn: the session should depend on the file.';

    it("triggers a warning, whichever is checked first", () => {
        const fileFirst = deployment();
        expect(fileFirst.file("seed", "/home/w/a.md")).toEqual([]);
        expect(fileFirst.session("dev", [{ path: "/home/w" }])).toEqual([warning]);
        const sessionFirst = deployment();
        expect(sessionFirst.session("dev", [{ path: "/home/w" }])).toEqual([]);
        expect(sessionFirst.file("seed", "/home/w/a.md")).toEqual([warning]);
        expect(sessionFirst.session("dev", [{ path: "/home/w" }])).toEqual([]);
    });

    it("triggers none if a dependency orders them, directly or through others", () => {
        const { file, session, upload } = deployment();
        file("seed", "/home/w/a.md");
        upload("between", ["ContextFile:seed"]);
        expect(session("dev", [{ path: "/home/w" }], ["Sync:between"])).toEqual([]);
        expect(file("later", "/home/w/b.md", ["Session:dev"])).toEqual([]);
        expect(session("dev", [{ path: "/home/w" }], ["Sync:between"])).toEqual([]);
    });

    it("triggers none if the session does not upload it", () => {
        const { file, session } = deployment();
        const excluding = { bwList: { whiteLists: [{ path: "src", excludePaths: ["gen"] }] } };
        file("seed", "/home/w/a.md");
        file("generated", "/home/x/src/gen/a.ts");
        expect([
            ...session("reader", [{ path: "/home/w", policy: readOnly }]),
            ...session("other", [{ contextId: "d", path: "/home/w" }]),
            ...session("next", [{ path: "/home/w/a" }, { path: "/home/x", policy: excluding }]),
        ]).toEqual([]);
        expect(file("written", "/home/x/src/a.ts")).toHaveLength(1);
    });

    it("does not threaten to remove what an upload keeps", () => {
        const { file, session } = deployment();
        file("seed", "/home/w/a.md");
        expect(session("dev", [{ path: "/home/w", policy: keeping }])).toEqual([
            expect.stringMatching(/its upload may then bring old content back\./),
        ]);
    });

    it("includes the files of a folder above or below the mount", () => {
        const { folder, session } = deployment();
        folder("data", "/home/w/data", ["a.csv"]);
        folder("all", "/tmp", ["in/a.csv", "b.csv"]);
        expect(session("dev", [{ path: "/home/w" }])).toEqual([
            'ContextFolder "data" puts files into /home/w/data in context c, where Session "dev" uploads /home/w, and neither depends on the other: the session may start too early, and its upload may then remove them or bring old content back. Set the option dependsOn: the session should depend on the folder.',
        ]);
        expect(session("in", [{ path: "/tmp/in" }])).toEqual([expect.stringMatching(/^ContextFolder "all"/)]);
        expect(session("out", [{ path: "/tmp/out" }])).toEqual([]);
    });
});

describe("a Sync that uploads", () => {
    const manual = [{ path: "/home/w", policy: readOnly }];

    it("triggers a warning about a file that it may overwrite, unless they are ordered", () => {
        const { file, session, upload } = deployment();
        session("dev", manual);
        file("seed", "/home/w/a.md");
        expect(upload("save", ["Session:dev"])).toEqual([
            'ContextFile "seed" puts /home/w/a.md in context c, where Sync "save" uploads /home/w, and neither depends on the other: the upload may remove it or bring old content back. Set the option dependsOn on the one to deploy last.',
        ]);
        expect(file("after", "/home/w/b.md", ["Sync:save"])).toEqual([]);
        expect(upload("again", ["Session:dev", "ContextFile:seed", "ContextFile:after"])).toEqual([]);
    });

    it("finds its session by its id, and uploads one path if it names one", () => {
        const { file, session, upload, identify } = deployment();
        session("dev", [...manual, { path: "/home/x", policy: readOnly }]);
        identify("dev", "session-1");
        file("seed", "/home/w/a.md");
        expect(upload("x", [], "/home/x", "session-1")).toEqual([]);
        expect(upload("part", [], "/home/w/sub", "session-1")).toEqual([]);
        expect(upload("all", [], undefined, "session-2")).toEqual([]);
        expect(upload("all", [], undefined, "session-1")).toHaveLength(1);
        expect(upload("foreign", [], "/home/w/a.md", "session-2")).toEqual([
            expect.stringMatching(/^Sync "all" uploads \/home\/w and Sync "foreign" uploads \/home\/w\/a\.md/),
            expect.stringMatching(/^ContextFile "seed" .+ where Sync "foreign" uploads/),
        ]);
    });

    it("adds no second warning to that of its session", () => {
        const { file, session, upload } = deployment();
        session("dev", [{ path: "/home/w" }]);
        expect(file("seed", "/home/w/a.md")).toHaveLength(1);
        expect(upload("save", ["Session:dev"])).toEqual([]);
    });

    it("competes with a session, unless one of them depends on the other", () => {
        const { session, upload } = deployment();
        session("build", manual);
        expect(upload("save", ["Session:build"])).toEqual([]);
        expect(session("test", [{ path: "/home/w" }], ["Sync:save"])).toEqual([]);
        const other = deployment();
        other.session("build", manual);
        other.upload("save", ["Session:build"]);
        expect(other.session("rival", [{ path: "/home/w" }])).toEqual([
            expect.stringMatching(/^Sync "save" and Session "rival" both upload \/home\/w to context c/),
        ]);
    });
});

describe("ContextIndex", () => {
    it("finds what is above, at and below a path, and looks at nothing else", () => {
        const index = new ContextIndex<string>();
        const paths = ["/", "/home", "/home/a", "/home/a/b", "/home/ab", "/home/a/b/c", "/tmp"];
        for (const path of paths) {
            for (const contextId of ["c", "d"]) index.add({ contextId, path }, `${contextId}${path}`);
        }
        const found = (path: string) => [...index.overlapping({ contextId: "c", path })].sort();
        expect(found("/home/a")).toEqual(["c/", "c/home", "c/home/a", "c/home/a/b", "c/home/a/b/c"]);
        expect(found("/tmp/x")).toEqual(["c/", "c/tmp"]);
        expect(found("/")).toEqual(paths.map((path) => `c${path}`).sort());
        index.remove({ contextId: "c", path: "/home/a/b" }, "c/home/a/b");
        expect(found("/home/a")).toEqual(["c/", "c/home", "c/home/a", "c/home/a/b/c"]);
    });
});

it("many mounts take time in proportion to their number", () => {
    const duration = (count: number) => {
        const { checked: session, file } = deployment();
        const mounts = Array.from({ length: count }, (_, i) => ({ path: `/home/w/${i}` }));
        const both = [sessionInputs("a", mounts), sessionInputs("b", mounts)];
        return cpuMs(() => {
            for (const inputs of both) session(inputs);
            for (let i = 0; i < count; i++) file(`f${i}`, `/home/w/${i}/a.md`, ["Session:a", "Session:b"]);
        });
    };
    // The fastest of several runs, since garbage is collected in some of them.
    const fastest = (count: number) => Math.min(...Array.from({ length: 5 }, () => duration(count)));
    // It would be 25 if each mount were compared with each other.
    expect(fastest(1500) / fastest(300)).toBeLessThan(15);
});
