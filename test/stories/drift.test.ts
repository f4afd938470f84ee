/** Drift in everything that a stack creates: a refresh shows each change, and the next `up` reverts it. */
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sha256 } from "../support/assets";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const program = `
const context = new agb.Context("notes", { name: "notes", forceDestroy: true });
const session = new agb.Session("dev", { imageId: "agb-code-space-2", labels: { team: "a" }, contextSyncs: [
    { contextId: context.id, path: "/home/out" },
    { contextId: context.id, path: "/home/work", policy: { uploadPolicy: { autoUpload: false } } },
] });
new agb.ContextFile("prompt", { contextId: context.id, path: "/home/work/prompt.md", content: "water the plants" });
new agb.ContextFile("password", { contextId: context.id, path: "/home/work/password", content: pulumi.secret("hush") });
new agb.ContextFolder("data", { contextId: context.id, path: "/home/work/data", source: "data" });
new agb.Sync("save", { sessionId: session.id, contextId: context.id, path: "/home/out" });
exports.contextId = context.id;
exports.sessionId = session.id;
`;

describeOnEngines("drift on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    let contextId: string;
    let sessionId: string;
    const content = async (path: string) => await text(await agb.client.downloadContextFile(contextId, path));
    const learn = async () =>
        ({ contextId, sessionId } = (await project.outputs()) as { contextId: string; sessionId: string });

    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
        project.program(program);
        project.write("data/a.txt", "a");
        project.write("data/b.txt", "b");
        expect((await project.up()).exit).toBe(0);
        await learn();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("in names, labels and files is shown by a refresh, and the next up reverts it", async () => {
        await agb.client.renameContext(contextId, "theirs");
        const labels = await agb.client.getLabels(sessionId);
        await agb.client.setLabels(sessionId, { ...labels, team: "theirs" });
        await agb.client.uploadContextFile(contextId, "/home/work/prompt.md", { text: "theirs" });
        await agb.client.deleteContextFile(contextId, "/home/work/password");
        await agb.client.uploadContextFile(contextId, "/home/work/data/a.txt", { text: "theirs" });
        await agb.client.deleteContextFile(contextId, "/home/work/data/b.txt");

        const refreshed = await project.refresh();
        for (const changed of ["Context notes", "Session dev", "ContextFile prompt", "ContextFolder data"]) {
            expect(refreshed.text).toMatch(new RegExp(`agb:${changed} (?:updated|refreshed|.*\\[diff)`));
        }
        expect(refreshed.text).toMatch(/4 updated/);
        expect(refreshed.text).toMatch(/1 deleted/);
        expect(refreshed.exit).toBe(0);

        const up = await project.up();
        expect(up.text).toMatch(/1 created/);
        expect(up.text).toMatch(/4 updated/);
        expect(up.exit).toBe(0);
        expect((await agb.client.getContext({ id: contextId })).name).toBe("notes");
        expect(await agb.client.getLabels(sessionId)).toEqual(labels);
        expect(await content("/home/work/prompt.md")).toBe("water the plants");
        expect(await content("/home/work/password")).toBe("hush");
        expect(await content("/home/work/data/a.txt")).toBe("a");
        expect(await content("/home/work/data/b.txt")).toBe("b");
        expect((await project.up("--refresh", "--expect-no-changes")).exit).toBe(0);
        for (const hidden of ["hush", sha256("hush")]) expect(project.state()).not.toContain(hidden);
    });

    it("by a deleted session and context is shown by a refresh, and the next up recreates them with their contents", async () => {
        const before = { contextId, sessionId };
        await agb.release(sessionId);
        await agb.client.deleteContext(contextId);
        const refreshed = await project.refresh();
        for (const gone of [
            "Context notes",
            "Session dev",
            "ContextFile prompt",
            "ContextFile password",
            "ContextFolder data",
            "Sync save",
        ]) {
            expect(refreshed.text).toMatch(new RegExp(`agb:${gone} deleted`));
        }
        expect(refreshed.exit).toBe(0);
        expect([...(await agb.contexts()), ...(await agb.sessions())], "a refresh creates nothing").toEqual([]);

        const up = await project.up();
        expect(up.text).toMatch(/6 created/);
        expect(up.exit).toBe(0);
        await learn();
        expect([contextId, sessionId]).not.toEqual([before.contextId, before.sessionId]);
        expect(await agb.contexts()).toEqual([contextId]);
        expect(await agb.sessions()).toEqual([sessionId]);
        expect(await content("/home/work/data/b.txt")).toBe("b");
        expect((await project.up("--refresh", "--expect-no-changes")).exit).toBe(0);
        expect((await project.destroy()).exit).toBe(0);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);
    });
});
