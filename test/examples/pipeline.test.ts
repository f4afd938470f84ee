/** The script of the example `pipeline`, as a CI runner runs it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines, root } from "../support/engines";
import { run } from "../support/processes";
import { Project } from "../support/project";

describe.each(engines.slice(-1))("the example pipeline, which uses $name here", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeEach(async () => {
        agb = await startTestAgb();
        project = new Project(engine, agb.env, "pipeline");
    });
    afterEach(async () => {
        project.remove();
        await agb.close();
    });
    const ci = () => run(["npm", "run", "--silent", "ci"], { cwd: project.folder, env: project.env });
    const leftOvers = async () => [
        ...(await agb.sessions()),
        ...(await agb.contexts()),
        ...readdirSync(join(project.folder, ".backend/.pulumi/stacks/pipeline")).filter((file) =>
            file.endsWith(".json"),
        ),
    ];

    it("continues once the session has its data, and leaves nothing behind", async () => {
        const { text, exit } = await ci();
        expect(text).toMatch(/Session session-\w+ has its data \(Success\): the tests can start\./);
        expect(exit).toBe(0);
        expect(await leftOvers()).toEqual([]);
    });

    it("fails the job if a mount failed, with path and reason, and leaves nothing behind", async () => {
        agb.fault("createSession:fail:1:1");
        const { text, exit } = await ci();
        expect(text).toMatch(/^::error::download of context SdkCtx-\w+ at \/home\/data failed: \S/m);
        expect(text).toMatch(/^::error::Session session-\w+ does not have its data/m);
        expect(text).not.toContain("the tests can start");
        expect(exit).toBe(1);
        expect(await leftOvers()).toEqual([]);
    });

    it("destroys what a failed deployment left behind", async () => {
        agb.fault("createSession:InvalidImage.NotFound:1:1");
        const { text, exit } = await ci();
        expect(text).toMatch(/^::error::`pulumi up` failed/m);
        expect(exit).toBe(1);
        expect(await leftOvers()).toEqual([]);
    });

    it("has a workflow that runs the script, with the local AGB if no key is set", () => {
        const workflow = parse(readFileSync(join(root, "examples/pipeline/.github/workflows/sandbox.yml"), "utf8")) as {
            jobs: { sandbox: { env: Record<string, string>; steps: { run?: string }[] } };
        };
        const { env, steps } = workflow.jobs.sandbox;
        expect(steps.map(({ run }) => run).filter(Boolean)).toEqual(["npm ci", "npm run ci"]);
        expect(env.AGB_ENDPOINT).toBe("${{ secrets.AGB_API_KEY == '' && 'local' || '' }}");
    });
});
