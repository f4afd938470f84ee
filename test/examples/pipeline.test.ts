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

    const report = () => readFileSync(join(project.folder, "reports/tests.tap"), "utf8");

    it("builds and tests in the sandbox, saves the report, and leaves nothing behind", async () => {
        project.env.VERSION = "1.2.3";
        const { text, exit } = await ci();
        expect(text).toContain("tests: ok 2 - greets by name");
        expect(exit, text).toBe(0);
        expect(report()).toBe("ok 1 - greets the world\nok 2 - greets by name\n1..2\n");
        expect(await leftOvers()).toEqual([]);
    });

    it("fails with the exit code of the tests, saves the report, and leaves nothing behind", async () => {
        project.write("app/greet.sh", "echo Hello, world, from version @VERSION@\n");
        const { text, exit } = await ci();
        expect(text).toMatch(/^::error::The tests failed with exit code 1\./m);
        expect(exit).toBe(1);
        expect(report()).toContain("not ok 2 - greets by name");
        expect(await leftOvers()).toEqual([]);
    });

    it("fails with the error of the build, and leaves nothing behind", async () => {
        project.write("app/build.sh", "echo no compiler >&2; exit 3\n");
        const { text, exit } = await ci();
        expect(text).toMatch(/Command "build" \(create in session \S+\) failed with exit code 3: no compiler\./);
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
