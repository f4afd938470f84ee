/** A program that looks up existing resources. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const program = `
module.exports = (async () => {
    const { id } = await agb.getContext({ name: "shared" });
    const session = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: id, path: "/home/work" }] });
    const running = agb.getSessionOutput({ sessionId: session.id });
    const { syncStatus } = agb.getSyncStatusOutput({ sessionId: session.id, mode: "download" });
    const sandboxes = agb.listSessionsOutput({ labels: { "pulumi-stack": session.allLabels["pulumi-stack"] } });
    return { id, status: running.status, token: running.token, syncStatus, sandboxes: pulumi.unsecret(sandboxes).length };
})();`;

describeOnEngines("functions on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb({ toolLink: true });
        project = await new Project(engine, { AGB_ENDPOINT: agb.env.AGB_ENDPOINT }).init();
        await project.config("--secret", "agb:apiKey", agb.env.AGB_API_KEY);
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("use the stack's configuration, wait for inputs that are unknown in a preview, and keep access data secret", async () => {
        const { id } = await agb.client.ensureContext("shared");
        project.program(program);
        const preview = await project.preview();
        expect(preview.text).toMatch(new RegExp(`\\bid +: "${id}"`));
        expect(preview.exit).toBe(0);
        expect(await agb.sessions()).toEqual([]);

        const up = await project.up();
        expect(up.exit).toBe(0);
        const [sessionId = ""] = await agb.sessions();
        const { token = "" } = await agb.client.getSession(sessionId);
        expect(token).not.toBe("");
        expect(await project.outputs()).toEqual({
            id,
            status: "RUNNING",
            token: "[secret]",
            syncStatus: "Success",
            sandboxes: 1,
        });
        for (const text of [up.text, project.state()]) expect(text).not.toContain(token);
    });

    it("fail with one line, however many outputs depend on the result", async () => {
        project.program(
            'const running = agb.getSessionOutput({ sessionId: "session-none" });\nexports.status = running.status;\nexports.token = running.token;',
        );
        const { text, exit } = await project.up();
        expect(text.match(/^ {4}error: .*$/gm)).toEqual([
            expect.stringMatching(
                /^ {4}error: Session "session-none" could not be looked up: AGB said: .+ Check the id\. AGB releases idle sessions early, and every session after 30 minutes\.$/,
            ),
        ]);
        expect(text).not.toMatch(/^\s+at /m);
        expect(exit).toBe(1);
    });
});
