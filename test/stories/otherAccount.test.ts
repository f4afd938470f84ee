/** A stack that is run with the key of another account: nothing of it is forgotten, and the message's advice works. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

describeOnEngines("on $name", (engine) => {
    let agb: TestAgb;
    let other: TestAgb;
    let project: Project;
    beforeEach(async () => {
        [agb, other] = await Promise.all([startTestAgb(), startTestAgb()]);
        project = await new Project(engine, agb.env).init();
    });
    afterEach(async () => {
        project.remove();
        await Promise.all([agb.close(), other.close()]);
    });

    it("changes and forgets nothing until the key is right again", async () => {
        project.program(`
const context = new agb.Context("notes");
new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }] });
`);
        expect((await project.up()).exit).toBe(0);
        const exists = [await agb.contexts(), await agb.sessions()];

        Object.assign(project.env, other.env);
        for (const run of [project.up, project.refresh, project.destroy]) {
            const { exit, text } = await run();
            expect(exit).toBe(1);
            expect(text).toMatch(
                /\w+ "(notes|dev)" \(.+\) was deployed to another AGB account: .+ Nothing was changed\./,
            );
        }
        for (const id of exists.flat()) expect(project.state()).toContain(id);
        expect([await agb.contexts(), await agb.sessions()]).toEqual(exists);

        Object.assign(project.env, agb.env);
        expect((await project.refresh("--expect-no-changes")).exit).toBe(0);
        expect((await project.destroy()).exit).toBe(0);
        expect([await agb.contexts(), await agb.sessions()]).toEqual([[], []]);
    });

    it("is removed from the state with the command of the message", async () => {
        project.program('new agb.Context("notes");');
        expect((await project.up()).exit).toBe(0);
        Object.assign(project.env, other.env);
        const [, urn = ""] =
            /`(?:npx pulumi-agb|pulumi) state delete (\S+)`/.exec((await project.destroy()).text) ?? [];
        expect((await project.pulumi("state delete", "--yes", "--stack", "dev", urn)).exit).toBe(0);
        expect((await project.destroy()).exit).toBe(0);
    });
});
