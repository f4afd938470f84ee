/** The example `evaluation`, deployed as it is. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

describeOnEngines("the example evaluation on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env, "evaluation").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("collects the results of all sandboxes, also of a failure, and adds those of a new task", async () => {
        const up = await project.up();
        expect(up.exit, up.text).toBe(0);
        const row = (model: string, task: string, score: string, error = "") => ({
            model,
            task,
            passed: error === "",
            score,
            error,
            seconds: expect.any(Number) as number,
        });
        const rows = [
            row("small", "sum", "15"),
            row("small", "sort", "", "wrong order"),
            row("large", "sum", "15"),
            row("large", "sort", "20"),
        ];
        expect(await project.outputs()).toEqual({ results: rows, passed: "3 of 4" });

        await project.config("tasks", '["sum", "sort", "search"]');
        const more = await project.up();
        expect(more.text).toMatch(/4 created/);
        expect(await project.outputs()).toMatchObject({ passed: "5 of 6" });
        expect((await project.destroy()).exit).toBe(0);
        expect(await agb.sessions()).toEqual([]);
    });
});
