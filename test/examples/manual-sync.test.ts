/** The example `manual-sync`, deployed as it is. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

interface Outputs {
    sessionId: string;
    contextIds: Record<"notes" | "models", string>;
    savedAt: string;
    savedMounts: { path: string; status: string; taskType: string }[];
    backupStatus: string;
}

describeOnEngines("the example manual-sync on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env, "manual-sync").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("uploads in the foreground and in the background, repeats both for a new version, and a refresh shows the background outcome", async () => {
        expect((await project.up()).exit).toBe(0);
        const first = (await project.outputs()) as unknown as Outputs;
        expect(first.savedMounts.map(({ path, status, taskType }) => `${taskType} ${path} ${status}`).sort()).toEqual([
            "upload /home/models Success",
            "upload /home/notes Success",
        ]);
        for (const folder of ["notes", "models"]) {
            await agb.writeFile(first.sessionId, `/home/${folder}/a`, "a");
        }

        await project.config("version", "2");
        const again = await project.up();
        expect(again.text).toMatch(/2 replaced/);
        expect(again.exit).toBe(0);
        expect(await agb.client.findContextFile(first.contextIds.notes, "/home/notes/a")).toMatchObject({ size: 1 });
        expect(await agb.client.findContextFile(first.contextIds.models, "/home/models/a")).toMatchObject({ size: 1 });

        const after = await project.up("--refresh");
        expect(after.exit).toBe(0);
        const second = (await project.outputs()) as unknown as Outputs;
        expect(second.backupStatus).toBe("Success");
        expect(second.sessionId).toBe(first.sessionId);
        expect(Date.parse(second.savedAt)).toBeGreaterThanOrEqual(Date.parse(first.savedAt));
        expect((await project.destroy()).exit).toBe(0);
    });
});
