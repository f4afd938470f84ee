/** The example `stack-reference`: sandboxes that mount a context of another stack. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

describeOnEngines("the example stack-reference on $name", (engine) => {
    let agb: TestAgb;
    let storage: Project;
    let sandbox: Project;
    let contextId: string;
    beforeAll(async () => {
        agb = await startTestAgb();
        storage = new Project(engine, agb.env, "stack-reference/storage");
        sandbox = await new Project(
            engine,
            { ...agb.env, PULUMI_BACKEND_URL: storage.env.PULUMI_BACKEND_URL },
            "stack-reference/sandbox",
        ).init();
    });
    afterAll(async () => {
        sandbox.remove();
        storage.remove();
        await agb.close();
    });

    it("reports a storage that does not exist yet", async () => {
        const { text, exit } = await sandbox.up();
        expect(text).toMatch(/unknown stack "organization\/storage\/dev"/);
        expect(exit).toBe(1);
        expect(await agb.sessions()).toEqual([]);
    });

    it("shares the context of the storage with a sandbox", async () => {
        await storage.init();
        expect((await storage.up()).exit).toBe(0);
        contextId = (await storage.outputs())["contextId"] as string;
        expect(await agb.contexts()).toEqual([contextId]);

        expect((await sandbox.up()).exit).toBe(0);
        const { sessionId } = (await sandbox.outputs()) as { sessionId: string };
        await agb.writeFile(sessionId, "/home/work/a.txt", "kept");
    });

    it("keeps the data when the sandbox is destroyed", async () => {
        expect((await sandbox.destroy()).exit).toBe(0);
        expect(await agb.sessions()).toEqual([]);
        expect(await agb.content(contextId, "/home/work/a.txt")).toBe("kept");
    });

    it("gives the data to the next sandbox", async () => {
        expect((await sandbox.up()).exit).toBe(0);
        const { sessionId, syncStatus } = (await sandbox.outputs()) as { sessionId: string; syncStatus: string };
        expect(syncStatus).toBe("Success");
        expect(await agb.readFile(sessionId, "/home/work/a.txt")).toBe("kept");
        expect((await sandbox.up("--expect-no-changes")).exit).toBe(0);
    });

    it("refuses to destroy the storage while the context contains files", async () => {
        expect((await sandbox.destroy()).exit).toBe(0);
        const { text, exit } = await storage.destroy();
        expect(text).toMatch(/Context "work" \(SdkCtx-\w+\) was not deleted: .*1 file/);
        expect(exit).toBe(1);
        expect(await agb.contexts()).toEqual([contextId]);
    });
});
