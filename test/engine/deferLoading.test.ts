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

test("a program without functions of its own in the state loads nothing of it", async () => {
    project.program(`exports.loaded = (${loaded})();`);
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect(await project.outputs()).toEqual({ loaded: [] });
});

test("what loads modules later is not in the stack traces of a program", async () => {
    project.program('exports.stack = new Error("here").stack;');
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect((await project.outputs()).stack).toMatch(/index\.js/);
    expect(project.state()).not.toContain("deferLoading");
});

test("a provider that a program brings along is stored with its functions, and run", async () => {
    project.program(`
        const semver = require("semver");
        class Version extends pulumi.dynamic.Resource {
            constructor(name, range) { super({ async create({ range }) { return { id: name, outs: { range, least: semver.minVersion(range).version } }; } }, name, { range, least: undefined }); }
        }
        exports.least = new Version("v", "^1.2.0 || ^3.0.0").least;
        exports.loaded = exports.least.apply(${loaded});
    `);
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect(await project.outputs()).toEqual({ least: "1.2.0", loaded: ["typescript"] });
});

test("a program that uses the Automation API gets the module itself", async () => {
    project.program(`
        exports.before = (${loaded})();
        exports.names = Object.keys(pulumi).includes("automation");
        exports.create = typeof pulumi.automation.LocalWorkspace.createStack;
        exports.same = pulumi.automation === require("@pulumi/pulumi/automation");
        exports.after = (${loaded})();
    `);
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect(await project.outputs()).toEqual({
        before: [],
        names: true,
        create: "function",
        same: true,
        after: ["@pulumi/pulumi/automation"],
    });
});

test("a function in the state may use the Automation API", async () => {
    project.program(`
        const { automation } = pulumi;
        class Workspace extends pulumi.dynamic.Resource {
            constructor(name) { super({ async create() { return { id: name, outs: { kind: typeof automation.LocalWorkspace } }; } }, name, { kind: undefined }); }
        }
        exports.kind = new Workspace("w").kind;
    `);
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect(await project.outputs()).toEqual({ kind: "function" });
});
