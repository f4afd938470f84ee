/** The example `many-sessions`, deployed as it is. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

interface Outputs {
    sessionIds: Record<string, string>;
    syncStatuses: Record<string, string>;
}

describeOnEngines("the example many-sessions on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env, "many-sessions").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("creates a sandbox for each image and suite, and deletes those of a removed suite", async () => {
        expect((await project.up()).exit).toBe(0);
        const { sessionIds, syncStatuses } = (await project.outputs()) as unknown as Outputs;
        const names = [
            "agb-browser-use-1-full",
            "agb-browser-use-1-smoke",
            "agb-code-space-2-full",
            "agb-code-space-2-smoke",
        ];
        expect(Object.keys(sessionIds).sort()).toEqual(names);
        expect(syncStatuses).toEqual(Object.fromEntries(names.map((name) => [name, "Success"])));
        expect((await agb.sessions()).sort()).toEqual(Object.values(sessionIds).sort());
        const smoke = [sessionIds["agb-browser-use-1-smoke"], sessionIds["agb-code-space-2-smoke"]].sort();
        expect((await agb.sessions({ suite: "smoke" })).sort()).toEqual(smoke);

        await project.config("--path", "suites[0]", "smoke");
        const { text, exit } = await project.up();
        expect(text).toMatch(/6 deleted/);
        expect(exit).toBe(0);
        expect((await agb.sessions()).sort()).toEqual(smoke);
        expect((await project.destroy()).exit).toBe(0);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);
    });
});
