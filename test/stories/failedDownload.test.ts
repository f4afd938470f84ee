/** A session whose first download failed is deleted only after the user has followed the advice of the message. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const session = (args = "", options = "") => `
const context = new agb.Context("notes", { name: "notes", adopt: true });
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: context.id, path: "/home/work" }],
    onSyncFailure: "report",
    ${args}
}, { ${options} });
exports.sessionId = session.id;
`;
/** What docs/errors.md says to add. */
const repair = (sessionId: string) =>
    `const repair = new agb.Sync("repair", { sessionId: "${sessionId}", mode: "download" });`;

describeOnEngines("on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    let contextId: string;
    let sessionId: string;

    beforeEach(async () => {
        agb = await startTestAgb();
        contextId = (await agb.client.ensureContext("notes")).id;
        await agb.client.uploadContextFile(contextId, "/home/work/precious.txt", { text: "precious" });
        agb.fault("createSession:fail:1:1");
        project = await new Project(engine, agb.env).init();
        project.program(session());
        expect((await project.up()).exit).toBe(0);
        ({ sessionId } = (await project.outputs()) as { sessionId: string });
        await agb.writeFile(sessionId, "/home/work/new.txt", "new");
    });
    afterEach(async () => {
        project.remove();
        await agb.close();
    });
    const advice = () =>
        `so an upload could empty the context. Repeat the download with a Sync in mode: "download" and sessionId: "${sessionId}", then run the command again.`;
    const files = ["/home/work/new.txt", "/home/work/precious.txt"];

    it("destroys it", async () => {
        const refused = await project.destroy();
        expect(refused.exit).toBe(1);
        expect(refused.text).toContain(advice());
        project.program(`${session()}\n${repair(sessionId)}`);
        const repaired = await project.up();
        expect(repaired.exit, repaired.text).toBe(0);
        const destroyed = await project.destroy();
        expect(destroyed.exit, destroyed.text).toBe(0);
        expect(await agb.files(contextId)).toEqual(files);
    });

    it("replaces it", async () => {
        project.program(session("idleReleaseTimeout: 600,"));
        const refused = await project.up();
        expect(refused.exit).toBe(1);
        expect(refused.text).toContain(advice());
        project.program(`${repair(sessionId)}\n${session("idleReleaseTimeout: 600,", "dependsOn: repair")}`);
        const repaired = await project.up();
        expect(repaired.exit, repaired.text).toBe(0);
        const after = (await project.outputs()) as { sessionId: string };
        expect(await agb.sessions()).toEqual([after.sessionId]);
        expect(await agb.files(contextId)).toEqual(files);
    });
});
