/** Where a program may be, and which commands need none. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { InProcessProject } from "./inProcess";

let project: InProcessProject;
beforeAll(() => {
    project = new InProcessProject();
    project.write(
        "Pulumi.yaml",
        "name: story\nruntime: { name: nodejs, options: { typescript: false } }\nmain: program\n",
    );
});
afterAll(() => project.remove());

test("stack init and config need no program", async () => {
    expect(await project.pulumi("stack init", "dev")).toMatchObject({ exit: 0 });
    expect(await project.config("kind", "small")).toMatchObject({ exit: 0 });
    expect((await project.pulumi("config ls", "--stack", "dev")).stdout).toBe("KEY   VALUE\nkind  small\n");
});

test("a program is found through the exports of a package.json in a parent folder", async () => {
    project.write("package.json", JSON.stringify({ name: "story", exports: { ".": { default: "./lib/main.js" } } }));
    project.write("lib/main.js", "exports.found = __filename;");
    project.write("program/README.md", "");
    const { exit, text } = await project.preview();
    expect(text).toMatch(/^ {4}found: ".*\/lib\/main\.js"$/m);
    expect(exit).toBe(0);
});

test("the runner explains why it finds no program", async () => {
    project.write("package.json", JSON.stringify({ name: "story" }));
    const { exit, text } = await project.preview();
    expect(text).toContain("We failed to locate the entry point for your program");
    expect(exit).toBe(1);
});
