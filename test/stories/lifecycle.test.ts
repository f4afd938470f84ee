/** The lifecycle of a context and a session, as a user sees it, on every installed engine. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const program = ({
    name = "story-notes",
    labels = '{ team: "a" }',
    paths = ["/home/notes", "/home/project"],
    context = "",
} = {}) => `
const context = new agb.Context("notes", { name: ${JSON.stringify(name)}, forceDestroy: true, ${context} });
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    labels: ${labels},
    contextSyncs: [
        ${paths.map((path, i) => `{ contextId: context.id, path: "${path}"${i === 1 ? ', policy: { bwList: { whiteLists: [{ path: "src" }] } }' : ""} }`).join(",\n        ")},
    ],
});
exports.contextId = context.id;
exports.sessionId = session.id;
exports.syncStatus = session.syncStatus;
exports.contextStatuses = session.contextStatuses;
`;

interface Outputs {
    contextId: string;
    sessionId: string;
    syncStatus: string;
    contextStatuses: { contextId: string; path: string; status: string }[];
}

describeOnEngines("a stack on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    const outputs = async () => (await project.outputs()) as unknown as Outputs;

    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
        project.program(program());
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("previews without creating anything", async () => {
        const { exit, text } = await project.preview();
        expect(text).toMatch(/create/);
        expect(exit).toBe(0);
        expect(await agb.contexts()).toEqual([]);
    });

    it("creates the context and the session, waits for the mounts, and returns their status", async () => {
        const { exit, text } = await project.up();
        expect(text).toMatch(/3 created/);
        expect(exit).toBe(0);
        const { contextId, sessionId, syncStatus, contextStatuses } = await outputs();
        expect(await agb.contexts()).toEqual([contextId]);
        expect(await agb.sessions()).toEqual([sessionId]);
        expect(syncStatus).toBe("Success");
        expect(contextStatuses).toMatchObject([
            { contextId, path: "/home/notes", status: "Success" },
            { contextId, path: "/home/project", status: "Success" },
        ]);
    });

    it("keeps access data and the API key out of the state", async () => {
        const { sessionId } = await outputs();
        const { resourceUrl } = await agb.client.getSession(sessionId);
        expect(resourceUrl).toBeTruthy();
        expect(project.state()).not.toContain(resourceUrl);
        expect(project.state()).not.toContain(agb.env.AGB_API_KEY);
    });

    it("changes nothing if nothing has changed", async () => {
        const before = await outputs();
        const { exit, text } = await project.up("--expect-no-changes");
        expect(text).toMatch(/3 unchanged/);
        expect(exit).toBe(0);
        expect(await outputs()).toEqual(before);
    });

    it("changes labels in place", async () => {
        const before = await outputs();
        project.program(program({ labels: '{ team: "b", stage: "test" }' }));
        const { exit, text } = await project.up();
        expect(text).toMatch(/1 updated/);
        expect(exit).toBe(0);
        expect((await outputs()).sessionId).toBe(before.sessionId);
        expect(await agb.client.getLabels(before.sessionId)).toMatchObject({
            team: "b",
            stage: "test",
            "pulumi-project": "story",
            "pulumi-stack": "dev",
            "pulumi-name": "dev",
        });
    });

    it("renames a context in place", async () => {
        const before = await outputs();
        project.program(program({ name: "story-renamed", labels: '{ team: "b", stage: "test" }' }));
        const { exit, text } = await project.up();
        expect(text).toMatch(/1 updated/);
        expect(exit).toBe(0);
        expect(await outputs()).toMatchObject({ contextId: before.contextId, sessionId: before.sessionId });
        expect((await agb.client.getContext({ id: before.contextId })).name).toBe("story-renamed");
    });

    it("replaces the session if a mount changes, and the new one has the files of the old one", async () => {
        const before = await outputs();
        await agb.writeFile(before.sessionId, "/home/notes/todo.txt", "water the plants");
        project.program(
            program({
                name: "story-renamed",
                labels: '{ team: "b", stage: "test" }',
                paths: ["/home/notes", "/home/elsewhere"],
            }),
        );
        const { exit, text } = await project.up();
        expect(text).toMatch(/1 replaced/);
        expect(exit).toBe(0);
        const after = await outputs();
        expect(after.sessionId).not.toBe(before.sessionId);
        expect(await agb.sessions()).toEqual([after.sessionId]);
        expect(await agb.readFile(after.sessionId, "/home/notes/todo.txt")).toBe("water the plants");
    });

    it("replaces a session released outside the stack, without a refresh, and reports it", async () => {
        const before = await outputs();
        await agb.release(before.sessionId);
        const { exit, text } = await project.up();
        expect(text).toMatch(/was released by AGB since the last deployment/);
        expect(text).toMatch(/1 replaced/);
        expect(exit).toBe(0);
        const after = await outputs();
        expect(await agb.sessions()).toEqual([after.sessionId]);
        expect(await agb.readFile(after.sessionId, "/home/notes/todo.txt")).toBe("water the plants");
    });

    it("destroys everything, including the files of a context with forceDestroy", async () => {
        const { exit, text } = await project.destroy();
        expect(text).toMatch(/3 deleted/);
        expect(exit).toBe(0);
        expect(await agb.contexts()).toEqual([]);
        expect(await agb.sessions()).toEqual([]);
    });
});
