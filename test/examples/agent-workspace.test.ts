/** The example `agent-workspace`, with its agent at work in one session after another. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines, root } from "../support/engines";
import { run } from "../support/processes";
import { Project } from "../support/project";
import { pythonWithSdk, SDK } from "../support/pythonSdk";

describeOnEngines("the example agent-workspace on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env, "agent-workspace").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("lets the agent continue in a new session with the files of the one that has ended", async ({ skip }) => {
        const sdk = await pythonWithSdk();
        if ("missing" in sdk) return skip(sdk.missing);
        const agent = async (...steps: string[]) => {
            const [sessionId = ""] = await agb.sessions();
            const { text, exit } = await run([sdk.python, "agent.py", sessionId, ...steps], {
                cwd: project.folder,
                env: { ...sdk.env, ...agb.env, HOME: project.folder },
            });
            expect(exit, text).toBe(0);
            return { sessionId, lines: text.trim().split("\n") };
        };
        const up = await project.up();
        expect(up.exit, up.text).toBe(0);
        const first = await agent("2");
        expect(first.lines).toEqual(["Done: write_program", "Done: write_test", "1 steps left"]);

        await agb.release(first.sessionId);
        const again = await project.up();
        expect(again.exit, again.text).toBe(0);
        const second = await agent();
        expect(second.sessionId).not.toBe(first.sessionId);
        expect(second.lines).toEqual(["Done: run_test", "0 steps left"]);
        const { sessionId, contextId } = await project.outputs();
        expect(sessionId).toBe(second.sessionId);
        expect(await agb.content(String(contextId), "/home/workspace/report.txt")).toMatch(/Ran 1 test .*\n\nOK\n$/s);
    });
});

it("requires the version of the SDK that the tests use", () => {
    expect(readFileSync(join(root, "examples/agent-workspace/requirements.txt"), "utf8")).toBe(`${SDK}\n`);
});
