/** A replacement that the user forces, without a change of the program: the engine does not call `diff` then. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const session = (options: string) => `
const context = new agb.Context("notes", { name: "notes" });
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: context.id, path: "/home/work" }],
}, { ${options} });
exports.contextId = context.id;
exports.sessionId = session.id;
`;

const urn = (type: string, name: string) => `urn:pulumi:dev::story::pulumi-nodejs:dynamic/agb:${type}::${name}`;

describeOnEngines("on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    const outputs = async () => (await project.outputs()) as { contextId: string; sessionId: string };
    const created = async (): Promise<{ contextId: string; sessionId: string }> => {
        project.program(session(""));
        expect((await project.up()).exit).toBe(0);
        const before = await outputs();
        await agb.writeFile(before.sessionId, "/home/work/notes.txt", "hours of work");
        return before;
    };
    const expectReplacedWithFiles = async ({ contextId, sessionId }: { contextId: string; sessionId: string }) => {
        const after = await outputs();
        expect(after.contextId).toBe(contextId);
        expect(after.sessionId).not.toBe(sessionId);
        expect(await agb.sessions()).toEqual([after.sessionId]);
        expect(await agb.readFile(after.sessionId, "/home/work/notes.txt")).toBe("hours of work");
        expect(await agb.content(contextId, "/home/work/notes.txt")).toBe("hours of work");
    };

    beforeEach(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
    });
    afterEach(async () => {
        project.remove();
        await agb.close();
    });

    it.each(["--replace", "--target-replace"])("%s gives the new session the files of the old one", async (flag) => {
        const before = await created();
        const { exit, text } = await project.up(flag, urn("Session", "dev"));
        expect(exit).toBe(0);
        expect(text).not.toMatch(/warning/);
        await expectReplacedWithFiles(before);
    });

    it("state taint gives the new session the files of the old one", async () => {
        const before = await created();
        const tainted = await project.pulumi("state taint", "--yes", "--stack", "dev", urn("Session", "dev"));
        expect(tainted.exit).toBe(0);
        expect((await project.up()).exit).toBe(0);
        await expectReplacedWithFiles(before);
    });

    it("keeps a context that is replaced with itself, along with its files", async () => {
        const context = (args: string) =>
            `exports.contextId = new agb.Context("notes", { name: "notes", forceDestroy: true, ${args} }, { deleteBeforeReplace: false }).id;`;
        project.program(context(""));
        expect((await project.up()).exit).toBe(0);
        const { contextId } = await outputs();
        await agb.client.uploadContextFile(contextId, "/home/a", { text: "a" });
        project.program(context("adopt: true"));
        const replaced = await project.up("--replace", urn("Context", "notes"));
        expect(replaced.text).toMatch(/was not deleted, because another resource of this deployment keeps it\./);
        expect((await outputs()).contextId).toBe(contextId);
        expect(await agb.files(contextId)).toEqual(["/home/a"]);
        expect((await project.up("--expect-no-changes")).exit).toBe(0);
    });

    it("replaces a file", async () => {
        project.program(`
const context = new agb.Context("notes", { name: "notes" });
new agb.ContextFile("file", { contextId: context.id, path: "/home/work/file", content: "one" });
exports.contextId = context.id;`);
        expect((await project.up()).exit).toBe(0);
        const replaced = await project.up("--replace", urn("ContextFile", "file"));
        expect(replaced.exit, replaced.text).toBe(0);
        expect(await agb.content((await outputs()).contextId, "/home/work/file")).toBe("one");
        expect((await project.up("--expect-no-changes")).exit).toBe(0);
    });

    it("refuses to replace a context that holds files, and the next up restores the session", async () => {
        const { contextId } = await created();
        const refused = await project.up("--replace", urn("Context", "notes"));
        expect(refused.exit).toBe(1);
        expect(refused.text).toMatch(/was not deleted: it holds 1 file/);
        expect(await agb.content(contextId, "/home/work/notes.txt")).toBe("hours of work");
        const repaired = await project.up();
        expect(repaired.exit, repaired.text).toBe(0);
        expect(await agb.readFile((await outputs()).sessionId, "/home/work/notes.txt")).toBe("hours of work");
    });
});
