/** Files that move between resources, are replaced by force or are changed by a session: they stay as declared. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const urn = (type: string, name: string) => `urn:pulumi:dev::story::pulumi-nodejs:dynamic/agb:${type}::${name}`;
// The context is not forced: it is deleted only if no file is left.
const program = (file = "") => `
const context = new agb.Context("notes");
const data = new agb.ContextFolder("data", { contextId: context.id, path: "/home/work", source: "data" });
${file}
exports.contextId = context.id;
exports.fileCount = data.fileCount;
`;

describeOnEngines("managed files on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    let contextId: string;
    const content = (file: string) => agb.content(contextId, `/home/work/${file}`);
    const isUnchanged = async () => {
        const { exit, text } = await project.up("--expect-no-changes");
        expect(text).toMatch(/unchanged/);
        expect(exit).toBe(0);
    };

    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
        for (const name of ["moved", "constructor", "__proto__"]) project.write(`data/${name}`, name);
        project.program(program());
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("are kept in the state whatever they are called", async () => {
        const { exit, text } = await project.up();
        expect(text).toMatch(/3 created/);
        expect(exit).toBe(0);
        const outputs = await project.outputs();
        contextId = outputs.contextId as string;
        expect(outputs.fileCount).toBe(3);
        expect(await content("__proto__")).toBe("__proto__");
        await isUnchanged();
        expect((await project.refresh("--expect-no-changes")).exit).toBe(0);
    });

    it("stay when they move from a folder to a file in one deployment", async () => {
        rmSync(join(project.folder, "data/moved"));
        rmSync(join(project.folder, "data/constructor"));
        const file = `new agb.ContextFile("moved", { contextId: context.id, path: "/home/work/moved", content: "changed" });`;
        project.program(program(file));
        const { exit, text } = await project.up();
        expect(text).toMatch(/1 created/);
        expect(exit).toBe(0);
        expect(await content("moved")).toBe("changed");
        expect(await agb.files(contextId)).toEqual(["/home/work/__proto__", "/home/work/moved"]);
        await isUnchanged();
    });

    it("are replaced by force, and stay", async () => {
        const forced = ["--replace", urn("ContextFile", "moved"), "--replace", urn("ContextFolder", "data")];
        const { exit, text } = await project.up(...forced);
        expect(text).toMatch(/2 replaced/);
        expect(exit).toBe(0);
        expect(await content("moved")).toBe("changed");
        expect(await content("__proto__")).toBe("__proto__");
        await isUnchanged();
    });

    it("are uploaded again by the next deployment after a session has brought an old version back", async () => {
        await agb.local.clock.advance(5000);
        await agb.client.uploadContextFile(contextId, "/home/work/moved", { text: "an old version" });
        await agb.client.deleteContextFile(contextId, "/home/work/__proto__");
        const { exit, text } = await project.up();
        expect(text).toMatch(/ContextFile "moved" \(.+\): the context no longer holds it as uploaded/);
        expect(text).toMatch(/2 updated/);
        expect(exit).toBe(0);
        expect(await content("moved")).toBe("changed");
        expect(await content("__proto__")).toBe("__proto__");
        await isUnchanged();
    });

    it("are all deleted before their context", async () => {
        const { exit, text } = await project.destroy();
        expect(text).toMatch(/4 deleted/);
        expect(exit).toBe(0);
        expect(await agb.contexts()).toEqual([]);
    });
});
