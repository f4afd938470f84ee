/** The example `always-on`: a renewal continues the work, and the workflow runs often enough for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines, root } from "../support/engines";
import { Project } from "../support/project";

describeOnEngines("the example always-on on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb({ syncTimeMs: 20 });
        project = await new Project(engine, agb.env, "always-on").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("renews its session, whose work continues in the next one", async () => {
        const first = await project.up();
        expect(first.exit, first.text).toBe(0);
        const before = (await project.outputs()) as Record<string, string>;
        await agb.local.clock.advance(16 * 60_000);
        const second = await project.up();
        expect(second.exit, second.text).toBe(0);
        expect(second.text).toContain(`(${before.sessionId}) ends at ${before.endsAt} and is replaced`);
        const { sessionId } = (await project.outputs()) as Record<string, string>;
        expect(await agb.sessions()).toEqual([sessionId]);
        expect(await agb.readFile(sessionId ?? "", "/home/work/journal.txt")).toBe(
            "a session begins\na session begins\n",
        );
        expect((await project.destroy()).exit).toBe(0);
    });
});

it("the scheduled workflow of always-on runs three times within renewBefore", () => {
    const folder = join(root, "examples", "always-on");
    const workflow = parse(readFileSync(join(folder, ".github/workflows/renew.yml"), "utf8")) as {
        on: { schedule: { cron: string }[] };
    };
    const minutes = Number(/^\*\/(\d+) /.exec(workflow.on.schedule[0]?.cron ?? "")?.[1]);
    const renewBefore = Number(/renewBefore: (\d+) \* 60/.exec(readFileSync(join(folder, "index.ts"), "utf8"))?.[1]);
    expect(renewBefore).toBeGreaterThanOrEqual(3 * minutes);
});
