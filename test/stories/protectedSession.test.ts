/** A protected session that AGB has released cannot be replaced: the message says so, and its advice works. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines, type Engine } from "../support/engines";
import { Project } from "../support/project";

const [engine] = engines as [Engine];
let agb: TestAgb;
let project: Project;
beforeEach(async () => {
    agb = await startTestAgb();
    project = await new Project(engine, agb.env).init();
});
afterEach(async () => {
    project.remove();
    await agb.close();
});

it("is replaced once the option is removed, even if it inherits the option", async () => {
    const program = (options: string) => `
const team = new pulumi.ComponentResource("test:Team", "team", {}, { ${options} });
exports.sessionId = new agb.Session("dev", { imageId: "agb-code-space-2" }, { parent: team }).id;`;
    project.program(program("protect: true"));
    expect((await project.up()).exit).toBe(0);
    const { sessionId } = (await project.outputs()) as { sessionId: string };
    await agb.release(sessionId);
    const refused = await project.up();
    expect(refused.text).toContain(
        `The option protect blocks its replacement. Remove the option from the session, and run \`${engine.command} up\` again.`,
    );
    expect(refused.exit).toBe(1);
    project.program(program(""));
    expect((await project.up()).exit).toBe(0);
    expect(await agb.sessions()).toEqual([(await project.outputs()).sessionId]);
});
