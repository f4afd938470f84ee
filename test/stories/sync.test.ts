/** A manual sync in a program: it runs once, and again when a trigger changes. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const program = (version: number) => `
const context = new agb.Context("notes", { forceDestroy: true });
const session = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }] });
const save = new agb.Sync("save", { sessionId: session.id, triggers: [${version}] });
exports.contextId = context.id;
exports.sessionId = session.id;
exports.saved = save.syncStatus;
`;

describeOnEngines("a sync on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("uploads only when a trigger changes", async () => {
        project.program(program(1));
        expect((await project.up()).exit).toBe(0);
        const { contextId = "", sessionId = "", saved } = (await project.outputs()) as Record<string, string>;
        expect(saved).toBe("Success");
        await agb.writeFile(sessionId, "/home/work/a.txt", "a");

        expect((await project.up("--expect-no-changes")).exit).toBe(0);
        expect(await agb.client.listContextFilesPage(contextId, "/home/work", 1)).toEqual([]);

        project.program(program(2));
        const again = await project.up();
        expect(again.text).toMatch(/1 replaced/);
        expect(again.exit).toBe(0);
        expect(
            (await agb.client.listContextFilesPage(contextId, "/home/work", 1)).map(({ filePath }) => filePath),
        ).toEqual(["/home/work/a.txt"]);
        expect((await project.destroy()).exit).toBe(0);
    });
});
