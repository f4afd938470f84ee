/** A damaged state is refused before anything changes, and what the message advises repairs it. */
import { createRequire } from "node:module";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Journal } from "../../engine/execute/journal";
import type { ResourceState } from "../../engine/model/types";
import { root } from "../support/engines";
import type { Run } from "../support/processes";
import { hasScript, needsScript, runAtTerminal } from "../support/terminal";
import { InProcessProject } from "./inProcess";

const GHOST = "urn:pulumi:dev::story::test:index:Thing::ghost";

const INTACT = "The state is not damaged, so nothing was changed\n";

interface Checkpoint {
    checkpoint: { latest: { resources: ResourceState[] } };
}
type Damage = (resources: ResourceState[]) => ResourceState[];

const isNamed = (name: string) => (state: ResourceState) => state.urn.endsWith(`::${name}`);
const without =
    (name: string): Damage =>
    (resources) =>
        resources.filter((state) => !isNamed(name)(state));
const withSecond =
    (change: Partial<ResourceState>): Damage =>
    (resources) =>
        resources.map((state) => (isNamed("second")(state) ? { ...state, ...change } : state));

/** Which repair removes, and what the messages say. */
const REPAIRABLE: [string, Damage, RegExp][] = [
    ["a missing dependency", without("first"), /::second depends on urn:\S+::first, which is not in the state/],
    ["a missing parent", without("group"), /Thing::child is a child of urn:\S+::group, which is not in the state/],
    [
        "a missing property dependency",
        withSecond({ propertyDependencies: { from: [GHOST] } }),
        /::second depends on \S+::ghost,/,
    ],
    ["a missing deletedWith", withSecond({ deletedWith: GHOST }), /::second is deleted with \S+::ghost, which is not/],
    [
        "a missing replaceWith",
        withSecond({ replaceWith: [GHOST] }),
        /::second is replaced with \S+::ghost, which is not/,
    ],
    ["the wrong order", (resources) => resources.toReversed(), /, which comes after it/],
];
/** Which only another state repairs. */
const IRREPARABLE: [string, Damage, RegExp][] = [
    [
        "a URN that occurs twice",
        (resources) => [...resources, ...resources.filter(isNamed("second"))],
        /::second is in the state more than once/,
    ],
    ["a missing provider", without("default"), /has the provider \S+, which is not in the state/],
    [
        "a cycle",
        (resources) =>
            resources.map((state) => (isNamed("first")(state) ? { ...state, dependencies: [urn("second")] } : state)),
        /::(first|second) depends on itself/,
    ],
];

let project: InProcessProject;
let intact: string;
let backup: string;
const file = (): string => join(project.folder, ".backend/.pulumi/stacks/story/dev.json");
const urn = (name: string): string =>
    (JSON.parse(intact) as Checkpoint).checkpoint.latest.resources.find(isNamed(name))?.urn ?? "";
const damage = (change: Damage): string => {
    const stored = JSON.parse(intact) as Checkpoint;
    stored.checkpoint.latest.resources = change(stored.checkpoint.latest.resources);
    const text = JSON.stringify(stored);
    writeFileSync(file(), text);
    return text;
};
const ran = (): boolean => ["ran", "called"].some((name) => existsSync(join(project.folder, name)));
/** The commands that a message advises. */
const advised = ({ text }: Run): string[] =>
    [...text.matchAll(/`npx pulumi-agb ([^`]+)`/g)].map(([, line = ""]) => line);
const runAdvice = (line: string, ...args: string[]): Promise<Run> => project.pulumi(line, ...args);
const expectIntact = async (): Promise<void> => {
    expect((await project.pulumi("state repair", "--stack", "dev")).text).toBe(INTACT);
};

beforeAll(async () => {
    project = new InProcessProject();
    project.write(
        "provider.js",
        `${project.read("provider.js")}
        for (const [name, method] of Object.entries(exports.handler)) exports.handler[name] = (...args) => {
            fs.appendFileSync(__dirname + "/called", name);
            return method(...args);
        };`,
    );
    project.program(`
        require("fs").writeFileSync("ran", "");
        const group = new Group("group");
        new Thing("child", {}, { parent: group });
        const first = new Thing("first");
        new Thing("second", { from: first.made, kind: config.get("kind") });
        exports.made = first.made;`);
    await project.init();
    for (const kind of ["small", "large"]) {
        await project.config("kind", kind);
        const { exit, text } = await project.up();
        expect(exit, text).toBe(0);
    }
    intact = project.state();
    backup = readFileSync(`${file()}.bak`, "utf8");
});
afterAll(() => project.remove());
beforeEach(() => {
    for (const name of ["ran", "called"]) rmSync(join(project.folder, name), { force: true });
});
afterEach(() => {
    vi.restoreAllMocks();
    writeFileSync(file(), intact);
    writeFileSync(`${file()}.bak`, backup);
});

describe.each([...REPAIRABLE, ...IRREPARABLE])("a state with %s", (_, change, message) => {
    test.each([
        ["up", "--yes", "--skip-preview", "--config", "kind=other"],
        ["preview"],
        ["refresh", "--yes", "--skip-preview"],
        ["destroy", "--yes", "--skip-preview", "--remove"],
        ["state delete", "--all", "--yes"],
        ["state rename", "first", "third", "--yes"],
        ["state protect", "--all"],
        ["state taint", "--all"],
    ])("is refused by %s, which changes nothing", async (command, ...args) => {
        const text = damage(change);
        const settings = project.read("Pulumi.dev.yaml");
        const refused = await project.pulumi(command, ...args, "--stack", "dev");
        expect(refused.exit).toBe(1);
        expect(refused.text).toMatch(/^error: the state of stack dev is damaged.*\. Nothing was changed\. .*\.\n$/);
        expect(refused.text).toMatch(message);
        expect(project.state()).toBe(text);
        expect(readFileSync(`${file()}.bak`, "utf8")).toBe(backup);
        expect(project.read("Pulumi.dev.yaml")).toBe(settings);
        expect(ran()).toBe(false);
    });

    test("is exported, and imported only with --force", async () => {
        const text = damage(change);
        const exported = await project.pulumi(
            "stack export",
            "--stack",
            "dev",
            "--file",
            join(project.folder, "out.json"),
        );
        expect(exported).toMatchObject({ exit: 0 });
        expect((await project.pulumi("stack export", "--stack", "dev", "--show-secrets")).exit).toBe(0);
        writeFileSync(file(), intact);
        const importIt = (...args: string[]) =>
            project.pulumi("stack import", "--stack", "dev", "--file", join(project.folder, "out.json"), ...args);
        const refused = await importIt();
        expect(refused.exit).toBe(1);
        expect(refused.text).toMatch(
            /^error: nothing was changed\. The deployment is damaged: .+\. Pass --force to .+\.\n$/,
        );
        expect(project.state()).toBe(intact);
        const forced = await importIt("--force");
        expect(forced).toMatchObject({ exit: 0, stdout: "Import complete.\n" });
        expect(forced.text).toMatch(/^warning: The deployment is damaged: .+\.$/m);
        const resources = (content: string) => (JSON.parse(content) as Checkpoint).checkpoint.latest.resources;
        expect(resources(project.state())).toEqual(resources(text));
    });

    test("is replaced by its backup, as the message advises", async () => {
        damage(change);
        const restore = advised(await project.preview()).find((line) => line.includes(".bak ")) ?? "";
        expect(await runAdvice(restore)).toMatchObject({ exit: 0, stdout: "Import complete.\n" });
        await expectIntact();
    });
});

describe.each(REPAIRABLE)("a state with %s", (_, change) => {
    test("is repaired as the message advises, after confirmation", async () => {
        const text = damage(change);
        const [repair = ""] = advised(await project.preview());
        const asked = await runAdvice(repair);
        expect(asked).toMatchObject({ exit: 1 });
        expect(asked.text).toMatch(
            /^These resources (move|lose)(.*\n)+error: nothing was changed\. To confirm, pass --yes\.\n$/,
        );
        expect(project.state()).toBe(text);
        const repaired = await runAdvice(repair, "--yes");
        expect(repaired.exit).toBe(0);
        expect(repaired.text).toMatch(/^State repaired\n$/m);
        await expectIntact();
    });
});

test.skipIf(!hasScript)(
    "a repair asks at a terminal, and shows the changes again on request",
    needsScript,
    async () => {
        const text = damage(without("first"));
        const repair = (...answers: string[]) =>
            runAtTerminal(["state", "repair", "--stack", "dev"], answers, { cwd: project.folder, env: project.env });
        const declined = await repair("details", "no");
        expect(declined.shown.match(/These resources lose references/g)).toHaveLength(2);
        expect(declined.shown).toMatch(/confirmation declined, nothing was changed\r?\n$/);
        expect(project.state()).toBe(text);
        const repaired = await repair("yes");
        expect(repaired.shown).toMatch(/State repaired\r?\n$/);
        expect(repaired.exit).toBe(0);
        await expectIntact();
    },
);

test("a repair shows each change", async () => {
    damage((resources) => without("group")(without("first")(resources)).toReversed());
    const { text } = await project.pulumi("state repair", "--stack", "dev", "--yes");
    const child = urn("child");
    expect(text).toBe(
        [
            "These resources move before those that refer to them:",
            ...[urn("default"), urn("story-dev")].map((moved) => `  ${moved}`),
            "These resources lose references to resources that are not in the state:",
            `  ${urn("second")}`,
            `    - dependency: ${urn("first")}`,
            `    - property dependency "from": ${urn("first")}`,
            `  ${child}`,
            `    ~ becomes ${child.replace("test:index:Group$", "")}`,
            `    - parent: ${urn("group")}`,
            "State repaired\n",
        ].join("\n"),
    );
});

describe.each(IRREPARABLE)("a state with %s", (_, change) => {
    test("is not repaired, and is edited by hand as the message advises", async () => {
        const text = damage(change);
        const refused = await project.pulumi("state repair", "--stack", "dev", "--yes");
        expect(refused.exit).toBe(1);
        expect(refused.text).toMatch(
            /^error: the state of stack dev is damaged and cannot be repaired automatically: .+\.\n$/,
        );
        expect(project.state()).toBe(text);
        const lines = advised(refused);
        const [exportIt = "", importIt = ""] = lines.filter((line) => line.includes("state.json "));
        expect(await runAdvice(exportIt)).toMatchObject({ exit: 0 });
        const exported = JSON.parse(project.read("state.json")) as { deployment: object };
        Object.assign(exported.deployment, (JSON.parse(intact) as Checkpoint).checkpoint.latest);
        project.write("state.json", JSON.stringify(exported));
        expect(await runAdvice(importIt)).toMatchObject({ exit: 0 });
        await expectIntact();
    });
});

test("a damaged backup is not advised", async () => {
    writeFileSync(`${file()}.bak`, damage(without("first")));
    expect(advised(await project.preview())).toEqual(["state repair --stack dev"]);
});

test("a state that is not JSON is replaced by its backup, as the message advises", async () => {
    writeFileSync(file(), intact.slice(0, 100));
    const refused = await project.preview();
    expect(refused.text).toMatch(
        /^error: the stack's state in \S+dev\.json is not valid JSON: .+\.bak --stack dev`\.\n$/,
    );
    const [restore = ""] = advised(refused);
    expect(await runAdvice(restore)).toMatchObject({ exit: 0 });
    await expectIntact();
});

test("no option skips the check", async () => {
    damage(without("first"));
    const refused = await project.preview("--disable-integrity-checking");
    expect(refused).toMatchObject({ exit: 1, text: expect.stringContaining("--disable-integrity-checking") as string });
    expect(ran()).toBe(false);
});

test("after a repair, the next up recreates what is missing", async () => {
    damage(without("first"));
    await project.pulumi("state repair", "--stack", "dev", "--yes");
    const { exit, text } = await project.up();
    expect(text).toMatch(/^ {4}\+ 1 created$/m);
    expect(exit).toBe(0);
    await expectIntact();
});

test("a deployment that damages the state saves it with every outcome, and stops", async () => {
    expect(await project.destroy()).toMatchObject({ exit: 0 });
    const before = project.things();
    const { Journal } = createRequire(join(root, "dist", "cli", "main.js"))("../engine/execute/journal.js") as {
        Journal: { prototype: { resources: (this: Journal) => ResourceState[] } };
    };
    // Simulates a defect of the engine, which forgets a resource after another one has come to depend on it.
    const { resources } = Journal.prototype;
    vi.spyOn(Journal.prototype, "resources").mockImplementation(function (this: Journal) {
        const all = resources.call(this);
        return all.some(isNamed("two")) ? without("one")(all) : all;
    });
    project.program(
        `let made; for (const name of ["one", "two", "three", "four"]) ({ made } = new Thing(name, { from: made }));`,
    );
    const stopped = await project.up();
    expect(stopped.exit).toBe(1);
    expect(stopped.text.split("\n").filter((line) => line.includes("error:"))).toEqual([
        expect.stringMatching(
            /^error: the state of stack dev is damaged: \S+::two depends on \S+::one, which is not in the state \(and 1 more\)\. It was saved with the outcome of every operation, .+\.$/,
        ),
    ]);
    expect(project.things()).toEqual([...before, "one", "two"].toSorted());
    const { resources: saved = [], pending_operations: pending } = project.deployment();
    expect(saved.filter(({ id }) => id?.startsWith("two-"))).toHaveLength(1);
    expect(pending).toBeUndefined();

    vi.restoreAllMocks();
    const [repair = ""] = advised(stopped);
    expect(await runAdvice(repair, "--yes")).toMatchObject({ exit: 0 });
    expect((await project.up()).exit).toBe(0);
    expect(project.things()).toEqual([...before, "one", "one", "two", "three", "four"].toSorted());
});
