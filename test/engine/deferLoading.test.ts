/** What the SDK needs only to store functions is loaded when a program has such functions, and not before. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { engines, type Engine } from "../support/engines";
import { Project } from "../support/project";

const [embedded] = engines as [Engine];
let project: Project;
beforeEach(async () => (project = await new Project(embedded, {}).init()));
afterEach(() => project.remove());

/** What of the two the program's process has loaded. */
const loaded =
    "() => Object.keys(require.cache).flatMap((file) => /node_modules.(typescript|@npmcli.arborist)./.exec(file)?.[1] ?? []).filter((name, index, all) => all.indexOf(name) === index)";

test("a program without functions of its own in the state loads neither TypeScript nor the dependency solver", async () => {
    project.program(`exports.loaded = (${loaded})();`);
    const { exit, text } = await project.up();
    expect(exit, text).toBe(0);
    expect(await project.outputs()).toEqual({ loaded: [] });
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
