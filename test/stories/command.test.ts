/** Commands in a program: their output, their secrets, and what happens to them with their session. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const TOKEN = "s3cret-token";
/** Each command appends its name to a file of the context. */
const program = (test: string) => `
const context = new agb.Context("work", { forceDestroy: true });
const session = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }] });
const setup = new agb.Command("setup", {
    sessionId: session,
    create: 'echo setup >> log; echo "$TOKEN"',
    delete: "echo deleted >> log",
    cwd: "/home/work",
    envs: { TOKEN: pulumi.secret("${TOKEN}") },
});
const test = new agb.Command("test", { sessionId: session.id, create: ${JSON.stringify(test)}, cwd: "/home/work" }, { dependsOn: setup });
exports.contextId = context.id;
exports.sessionId = session.id;
exports.token = setup.stdout;
exports.tested = test.stdout;
`;

describeOnEngines("commands on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    const outputs = () => project.outputs() as Promise<Record<string, string>>;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("run once, show their output but no secret, and again in a new session", async () => {
        project.program(program("echo test >> log; echo 6 of 7; echo 1 failed >&2; false"));
        const failed = await project.up();
        expect(failed.exit).not.toBe(0);
        expect(failed.text).toContain("test: 6 of 7");
        expect(failed.text).toMatch(
            /Command "test" \(create in session session-\w+\) failed with exit code 1: 1 failed\. Run `[^`]* up[^`]*` again to repeat it/,
        );

        project.program(program("echo test >> log; cat log"));
        const up = await project.up();
        expect(up.exit, up.text).toBe(0);
        const first = await outputs();
        expect(first.tested).toBe("setup\ntest\ntest");
        expect((await project.up("--expect-no-changes")).exit).toBe(0);

        await agb.writeFile(first.sessionId ?? "", "/home/work/log", "");
        await agb.release(first.sessionId ?? "");
        const again = await project.up();
        expect(again.exit, again.text).toBe(0);
        const second = await outputs();
        expect(second.sessionId).not.toBe(first.sessionId);
        expect(second.tested).toBe("setup\ntest");
        expect(failed.text + up.text + again.text + project.state()).not.toContain(TOKEN);

        const destroyed = await project.destroy();
        expect(destroyed.exit, destroyed.text).toBe(0);
        expect(await agb.sessions()).toEqual([]);
    });

    it("do not prevent a destroy after the session has ended", async () => {
        project.program(program("true"));
        expect((await project.up()).exit).toBe(0);
        await agb.release((await outputs()).sessionId ?? "");
        const destroyed = await project.destroy();
        expect(destroyed.exit, destroyed.text).toBe(0);
        expect(project.deployment().resources ?? []).toEqual([]);
    });
});
