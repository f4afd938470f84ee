/** The example `seed-data`: one upload for each changed file, and the repair of outside changes. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sha256 } from "../support/assets";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

interface Outputs {
    contextId: string;
    sessionId: string;
    promptHash: string;
    files: Record<string, string>;
}

describeOnEngines("the example seed-data on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    let contextId: string;
    const calls: string[] = [];
    beforeAll(async () => {
        agb = await startTestAgb({ log: ({ method, call }) => calls.push(`${method} ${call}`) });
        project = await new Project(engine, agb.env, "seed-data").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });
    const outputs = async () => (await project.outputs()) as unknown as Outputs;

    it("has its files in the context and in the session", async () => {
        const { text, exit } = await project.up();
        expect(text).toMatch(/5 created/);
        expect(exit).toBe(0);
        const { sessionId, promptHash, files, ...rest } = await outputs();
        contextId = rest.contextId;
        expect(files).toEqual({
            "reports/monday.md": sha256("# Report\n\nNo visitors today.\n"),
            "visitors.csv": sha256("city,visitors\nBerlin,12\nKyoto,7\n"),
        });
        expect(await agb.files(contextId)).toEqual([
            "/home/work/data/reports/monday.md",
            "/home/work/data/visitors.csv",
            "/home/work/prompt.md",
        ]);
        const prompt = await agb.readFile(sessionId, "/home/work/prompt.md");
        expect(sha256(prompt)).toBe(promptHash);
        expect(await agb.readFile(sessionId, "/home/work/data/visitors.csv")).toContain("Kyoto,7");
        expect((await project.up("--expect-no-changes")).exit).toBe(0);
    });

    it("uploads the changed file and deletes the removed one", async () => {
        project.write("data/visitors.csv", "city,visitors\n");
        rmSync(join(project.folder, "data/reports/monday.md"));
        calls.length = 0;
        const { text, exit } = await project.up();
        expect(text).toMatch(/1 updated/);
        expect(exit).toBe(0);
        expect(calls.filter((call) => call === "PUT objects")).toHaveLength(1);
        expect(await agb.files(contextId)).toEqual(["/home/work/data/visitors.csv", "/home/work/prompt.md"]);
    });

    it("shows outside changes on refresh, and reverts them", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/data/visitors.csv", { text: "no data at all" });
        const refreshed = await project.refresh();
        expect(refreshed.text).toMatch(/agb:ContextFolder data updated[^]*1 updated/);
        expect((await project.up()).text).toMatch(/1 updated/);
        expect(await agb.client.findContextFile(contextId, "/home/work/data/visitors.csv")).toMatchObject({
            size: "city,visitors\n".length,
        });
        expect((await outputs()).files).toEqual({ "visitors.csv": sha256("city,visitors\n") });
        expect((await project.up("--expect-no-changes")).exit).toBe(0);
    });

    it("leaves nothing behind when destroyed", async () => {
        expect((await project.destroy()).exit).toBe(0);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);
    });
});
