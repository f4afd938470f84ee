/** What the SDK loads and few programs use is loaded when a program uses it, and not before. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { engines, type Engine } from "../support/engines";
import { Project } from "../support/project";

const [embedded] = engines as [Engine];
let project: Project;
beforeEach(async () => (project = await new Project(embedded, {}).init()));
afterEach(() => project.remove());

/** What of it the program's process has loaded. */
const loaded =
    "() => Object.keys(require.cache).flatMap((file) => /node_modules.(typescript|@npmcli.arborist|@opentelemetry.instrumentation|@pulumi.pulumi.automation)./.exec(file)?.[1] ?? []).filter((name, index, all) => all.indexOf(name) === index)";

test("a program loads nothing of it at first, then what it uses, and has no trace of that in its stacks", async () => {
    project.program(`
        exports.before = (${loaded})();
        exports.stack = new Error("here").stack;
        exports.names = Object.keys(pulumi).includes("automation");
        exports.create = typeof pulumi.automation.LocalWorkspace.createStack;
        exports.same = pulumi.automation === require("@pulumi/pulumi/automation");
        exports.after = (${loaded})();
    `);
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect(await project.outputs()).toEqual({
        before: [],
        stack: expect.stringMatching(/index\.js/) as string,
        names: true,
        create: "function",
        same: true,
        after: ["@pulumi/pulumi/automation"],
    });
    expect(project.state()).not.toContain("deferLoading");
});

test("providers that a program brings along are stored with their functions, and run", async () => {
    project.program(`
        const semver = require("semver");
        const { automation } = pulumi;
        class Version extends pulumi.dynamic.Resource {
            constructor(name, range) { super({ async create({ range }) { return { id: name, outs: { range, least: semver.minVersion(range).version } }; } }, name, { range, least: undefined }); }
        }
        class Workspace extends pulumi.dynamic.Resource {
            constructor(name) { super({ async create() { return { id: name, outs: { kind: typeof automation.LocalWorkspace } }; } }, name, { kind: undefined }); }
        }
        exports.least = new Version("v", "^1.2.0 || ^3.0.0").least;
        exports.kind = new Workspace("w").kind;
        exports.loaded = exports.least.apply(${loaded});
    `);
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect(await project.outputs()).toEqual({
        least: "1.2.0",
        kind: "function",
        loaded: ["@pulumi/pulumi/automation", "typescript"],
    });
});
