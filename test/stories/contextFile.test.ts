/** Files in a context, managed by a program: uploaded, kept as declared, and deleted. */
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sha256 } from "../support/assets";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const SECRET = "a password that must stay hidden";
// The context is not forced: it is deleted only after its files.
const program = `
const context = new agb.Context("notes");
const notes = new agb.ContextFile("notes", { contextId: context.id, path: "/home/work/notes.md", source: new pulumi.asset.FileAsset("notes.md") });
const password = new agb.ContextFile("password", { contextId: context.id, path: "/home/work/.password", source: pulumi.secret(new pulumi.asset.StringAsset(${JSON.stringify(SECRET)})) });
new agb.ContextFile("empty", { contextId: context.id, path: "/home/work/empty", content: "" });
exports.contextId = context.id;
exports.hash = notes.hash;
exports.size = notes.size;
exports.passwordHash = password.hash;
`;

describeOnEngines("files of a context on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    let contextId: string;
    const content = async (path: string) => await text(await agb.client.downloadContextFile(contextId, path));

    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env).init();
        project.program(program);
        project.write("notes.md", "water the plants");
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("are uploaded, and a secret one appears neither in the state nor in the output", async () => {
        const up = await project.up();
        expect(up.text).toMatch(/5 created/);
        expect(up.exit).toBe(0);
        const outputs = await project.outputs();
        contextId = outputs.contextId as string;
        expect(outputs).toMatchObject({ hash: sha256("water the plants"), size: 16, passwordHash: "[secret]" });
        expect(await content("/home/work/notes.md")).toBe("water the plants");
        expect(await content("/home/work/.password")).toBe(SECRET);
        expect(await content("/home/work/empty")).toBe("");
        for (const hidden of [SECRET, sha256(SECRET)]) {
            expect(project.state()).not.toContain(hidden);
            expect(up.text).not.toContain(hidden);
        }
    });

    it("do not change if nothing has changed", async () => {
        const { exit, text: said } = await project.up("--expect-no-changes");
        expect(said).toMatch(/5 unchanged/);
        expect(exit).toBe(0);
        expect((await project.refresh("--expect-no-changes")).exit).toBe(0);
    });

    it("are uploaded when they change, even after an interrupted upload", async () => {
        project.write("notes.md", "water the plants, feed the cat");
        agb.fault("objects:reset:1:3");
        const cut = await project.up();
        expect(cut.text).toMatch(
            /ContextFile "notes" \(\/home\/work\/notes\.md in context SdkCtx-\w+\) could not be uploaded: .+ Run `(npx )?pulumi(-agb)? up` again to repeat it/,
        );
        expect(cut.exit).not.toBe(0);
        expect(await content("/home/work/notes.md")).toBe("water the plants");

        const { exit, text: said } = await project.up();
        expect(said).toMatch(/1 updated/);
        expect(exit).toBe(0);
        expect(await content("/home/work/notes.md")).toBe("water the plants, feed the cat");
    });

    it("are deleted before their context", async () => {
        const { exit, text: said } = await project.destroy();
        expect(said).toMatch(/5 deleted/);
        expect(exit).toBe(0);
        expect(await agb.contexts()).toEqual([]);
    });
});
