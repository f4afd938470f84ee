/** What happens to a stack if AGB fails halfway or changes outside it: nothing is lost, and the next run repairs it. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const program = (context = "", session = "", options = "") => `
const context = new agb.Context("notes", { name: "notes", ${context} });
const session = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }], ${session} }, { ${options} });
exports.contextId = context.id;
exports.sessionId = session.id;
exports.syncStatus = session.syncStatus;
exports.contextStatuses = session.contextStatuses;
`;

describeOnEngines("on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    const start = async (options: Parameters<typeof startTestAgb>[0] = {}) => {
        agb = await startTestAgb(options);
        project = await new Project(engine, agb.env).init();
    };
    beforeEach(() => start());
    afterEach(async () => {
        project.remove();
        await agb.close();
    });

    it("keeps a session with a failed mount, names the mount, and repairs it on the next up", async () => {
        project.program(program());
        agb.fault("createSession:fail:1:1");
        const failed = await project.up();
        expect(failed.text).toMatch(
            /Session "dev" \(session-\w+\) runs, but is not ready: context SdkCtx-\w+ at \/home\/work failed to download: .+ Run `(npx )?pulumi(-agb)? up` again/,
        );
        expect(failed.exit).toBe(1);
        const [sessionId] = await agb.sessions();
        expect(project.state()).toContain(sessionId);

        const repaired = await project.up();
        expect(repaired.exit).toBe(0);
        expect(await agb.sessions()).toEqual([sessionId]);
        expect(await project.outputs()).toMatchObject({ sessionId, syncStatus: "Success" });

        expect((await project.destroy()).exit).toBe(0);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);
    });

    it("with onSyncFailure report succeeds and shows the reason in the outputs", async () => {
        project.program(program("", 'onSyncFailure: "report"'));
        agb.fault("createSession:fail:1:1");
        expect((await project.up()).exit).toBe(0);
        const outputs = (await project.outputs()) as {
            syncStatus: string;
            contextStatuses: { status: string; errorMessage: string }[];
        };
        expect(outputs.syncStatus).toBe("Failed");
        expect(outputs.contextStatuses[0]?.errorMessage).toBeTruthy();
    });

    it("keeps a session whose download exceeds the time limit, and continues to wait on the next up", async () => {
        await agb.close();
        project.remove();
        await start({ syncTimeMs: 4000 });
        project.program(program("", "", 'customTimeouts: { create: "1s" }'));
        const late = await project.up();
        expect(late.text).toMatch(
            /was still downloading\. Run `(npx )?pulumi(-agb)? up` again to continue waiting, or allow more time with customTimeouts/,
        );
        const sessions = await agb.sessions();
        expect(sessions).toHaveLength(1);
        expect((await project.up()).exit).toBe(0);
        expect(await agb.sessions()).toEqual(sessions);
    });

    it("never releases a session whose upload failed, and succeeds when repeated", async () => {
        project.program(program("forceDestroy: true"));
        await project.up();
        const { sessionId } = (await project.outputs()) as { sessionId: string };
        agb.fault("SyncContext:fail:1:1");
        const failed = await project.destroy();
        expect(failed.text).toMatch(
            /was not released, so nothing is lost: the upload of \/home\/work to context SdkCtx-\w+ failed/,
        );
        expect(failed.exit).toBe(1);
        expect(await agb.sessions()).toEqual([sessionId]);
        expect((await project.destroy()).exit).toBe(0);
        expect(await agb.sessions()).toEqual([]);
    });

    it("refuses to destroy a context with files until the environment names it", async () => {
        project.program(program());
        await project.up();
        const { contextId } = (await project.outputs()) as { contextId: string };
        await agb.client.uploadContextFile(contextId, "/home/elsewhere/a", { text: "x" });
        const refused = await project.destroy();
        expect(refused.text).toMatch(
            /was not deleted: it holds 1 file\. .+ AGB_FORCE_DESTROY=Context:notes in its environment/,
        );
        expect(refused.exit).toBe(1);
        project.env.AGB_FORCE_DESTROY = "Session:other,Context:notes";
        expect((await project.destroy()).exit).toBe(0);
        expect(await agb.contexts()).toEqual([]);
    });

    it("lets a replacement delete files only through the config, not through an option set with it", async () => {
        project.program(program());
        await project.up();
        const { contextId } = (await project.outputs()) as { contextId: string };
        await agb.client.uploadContextFile(contextId, "/home/elsewhere/a", { text: "x" });
        project.program(program('region: "eu", forceDestroy: true'));
        const refused = await project.up();
        expect(refused.text).toMatch(/was not deleted: it holds 1 file/);
        expect(refused.exit).toBe(1);
        expect(await agb.contexts()).toEqual([contextId]);
        await project.config("--path", "agb:forceDestroy[0]", "Context:notes");
        expect((await project.up()).exit).toBe(0);
        const [replacement, ...others] = await agb.contexts();
        expect(others).toEqual([]);
        expect(replacement).not.toBe(contextId);
    });

    it("keeps a replaced context that has files, and deletes it once it is named", async () => {
        const replaceable = (region: string) =>
            `exports.contextId = new agb.Context("notes", { region: "${region}" }, { deleteBeforeReplace: false }).id;`;
        project.program(replaceable("us"));
        await project.up();
        const { contextId } = (await project.outputs()) as { contextId: string };
        await agb.client.uploadContextFile(contextId, "/home/elsewhere/a", { text: "x" });
        project.program(replaceable("eu"));
        for (let attempt = 1; attempt <= 2; attempt++) {
            const refused = await project.up();
            expect(refused.text).toMatch(/was not deleted: it holds 1 file/);
            expect(refused.exit).toBe(1);
            expect(await agb.contexts()).toHaveLength(2);
        }
        project.env.AGB_FORCE_DESTROY = "Context:notes";
        expect((await project.up()).exit).toBe(0);
        expect(await agb.contexts()).toEqual([(await project.outputs()).contextId]);
        expect(await agb.contexts()).not.toContain(contextId);
    });

    it("refers to an existing context by id, and reports a missing one", async () => {
        const { id } = await agb.client.ensureContext("shared");
        project.program(`exports.name = agb.Context.get("shared", "${id}").name;`);
        expect((await project.up()).exit).toBe(0);
        expect(await project.outputs()).toEqual({ name: "shared" });
        project.program('agb.Context.get("shared", "SdkCtx-none");');
        const failed = await project.up();
        expect(failed.text).toMatch(/AGB has no resource with the id "SdkCtx-none"\. Check the id passed to get\(\)\./);
        expect(failed.exit).toBe(1);
        await project.destroy();
        expect(await agb.contexts()).toEqual([id]);
    });

    it("adopts a context by name, and keeps it when the stack is destroyed", async () => {
        const { id } = await agb.client.ensureContext("notes");
        project.program(program());
        expect((await project.up()).text).toMatch(new RegExp(`the account already has a context "notes" \\(${id}\\)`));
        project.program(program("adopt: true"));
        expect((await project.up()).exit).toBe(0);
        expect(await project.outputs()).toMatchObject({ contextId: id });
        expect((await project.destroy()).exit).toBe(0);
        expect(await agb.contexts()).toEqual([id]);
        expect(await agb.sessions()).toEqual([]);
    });

    it("warns in the preview about a mount that moves away from its data", async () => {
        project.program(program());
        await project.up();
        project.program(program().replace("/home/work", "/home/moved"));
        const { text, exit } = await project.preview();
        expect(text).toMatch(/moves from \/home\/work to \/home\/moved, where its data is not visible/);
        expect(exit).toBe(0);
    });
});
