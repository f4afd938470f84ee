/** The example `testing`: its unit tests, its program, and its script for the Automation API. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines, hasPulumi, NEEDS_PULUMI, root, type Engine } from "../support/engines";
import { run } from "../support/processes";
import { Project } from "../support/project";
import { blockOf } from "../docs/blocks";

describe("the example testing", () => {
    const [engine] = engines as [Engine];
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env, "testing").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });
    const runWith = (argv: string[], env: NodeJS.ProcessEnv) =>
        run(argv, { cwd: project.folder, env: { ...project.env, ...env } });
    const leftOvers = async () => [...(await agb.sessions()), ...(await agb.contexts())];

    it("has unit tests that pass without an account, and fail if the program is wrong", async () => {
        const noAccount = { AGB_ENDPOINT: undefined, AGB_API_KEY: undefined };
        const passed = await runWith(["npm", "test"], noAccount);
        expect(passed.text).toMatch(/^(?:#|ℹ) pass 2$/m);
        expect(passed.exit).toBe(0);

        const program = readFileSync(join(project.folder, "dist/sandbox.js"), "utf8");
        const wrong = program.replace("autoUpload: !readOnly", "autoUpload: true");
        expect(wrong).not.toBe(program);
        project.write("dist/sandbox.js", wrong);
        const failed = await runWith([process.execPath, "--test", "dist/sandbox.test.js"], noAccount);
        project.write("dist/sandbox.js", program);
        expect(failed.text).toMatch(/^(?:#|ℹ) fail 1$/m);
        expect(failed.exit).toBe(1);
    });

    it("has a program whose session keeps nothing if it is configured as read-only", async () => {
        await project.config("readOnly", "true");
        expect((await project.up()).exit).toBe(0);
        const { contextId, sessionId, syncStatus } = (await project.outputs()) as Record<
            "contextId" | "sessionId" | "syncStatus",
            string
        >;
        expect(syncStatus).toBe("Success");
        await agb.writeFile(sessionId, "/home/work/a", "a");
        await agb.release(sessionId);
        expect(await agb.files(contextId)).toEqual([]);
        expect((await project.destroy()).exit).toBe(0);
        expect(await leftOvers()).toEqual([]);
    });

    const automation = [process.execPath, "dist/automation.js"];

    it("has a script that says in one line that it needs the pulumi command", async () => {
        const { text, exit } = await runWith(automation, { PATH: "" });
        expect(text).toMatch(/^This script needs the pulumi command: https:\S+\n$/);
        expect(exit).toBe(1);
    });

    it.skipIf(!hasPulumi)("has a script that deploys the program and destroys it", { meta: NEEDS_PULUMI }, async () => {
        const { text, exit } = await runWith(automation, {});
        expect(text).toMatch(/^session-\w+ Success\n$/);
        expect(exit).toBe(0);
        expect(await leftOvers()).toEqual([]);
    });

    it.each([
        ["Unit tests", "sandbox.test.ts"],
        ["The Automation API", "automation.ts"],
    ])('is what the guide shows below "%s"', (heading, file) => {
        expect(blockOf("testing.md", heading, "ts")).toBe(readFileSync(join(root, "examples/testing", file), "utf8"));
    });
});
