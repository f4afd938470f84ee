/** Values that derive from a secret input are secrets everywhere. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines, engines, hasPulumi, NEEDS_PULUMI, type Engine } from "../support/engines";
import { Project } from "../support/project";

const program = (secret: "pulumi.secret" | "String") => `
const context = new agb.Context("notes", { forceDestroy: true });
const path = ${secret}("/home/hidden-folder");
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    labels: { owner: ${secret}("hidden-owner") },
    contextSyncs: [{ contextId: context.id, path }],
});
const save = new agb.Sync("save", { sessionId: session.id, contextId: context.id, path });
exports.mounts = session.contextStatuses;
exports.synced = save.contextStatuses;
exports.syncStatus = save.syncStatus;
`;

describeOnEngines("secret inputs on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("appear in the state if they are not secret", async () => {
        project.program(program("String"));
        expect((await project.up()).exit).toBe(0);
        expect(project.state()).toContain("hidden-folder");
        expect(await project.outputs()).toMatchObject({
            mounts: [{ path: "/home/hidden-folder" }],
            synced: [{ path: "/home/hidden-folder" }],
        });
    });

    it("encrypt everything derived from them once they are secret, without a new session", async () => {
        const sessions = await agb.sessions();
        project.program(program("pulumi.secret"));
        expect((await project.up()).exit).toBe(0);
        expect(project.state()).not.toContain("hidden-");
        expect(await agb.sessions()).toEqual(sessions);
        expect(await project.outputs()).toEqual({ mounts: "[secret]", synced: "[secret]", syncStatus: "Success" });
    });

    it("stay secret on refresh and cause no changes", async () => {
        expect((await project.refresh("--expect-no-changes")).exit).toBe(0);
        expect(project.state()).not.toContain("hidden-");
        const { exit, text } = await project.up("--expect-no-changes");
        expect(exit).toBe(0);
        expect(text).not.toContain("hidden-");
        expect(project.state()).not.toContain("hidden-");
    });
});

it.skipIf(!hasPulumi)(
    "the verbose log of the pulumi command shows the key of the configuration, and not that of the environment, as SECURITY.md says",
    { meta: NEEDS_PULUMI },
    async () => {
        const agb = await startTestAgb();
        const project = await new Project(engines[1] as Engine, agb.env).init();
        project.program('new agb.Context("notes");');
        // It fails if it prints the key in the environment.
        const log = async () => (await project.preview("--verbose", "9", "--logtostderr")).text;
        expect(await log()).toContain("Configure()");
        await project.config("--secret", "agb:apiKey", "a-configured-key");
        expect(await log()).toContain("a-configured-key");
        project.remove();
        await agb.close();
    },
);
