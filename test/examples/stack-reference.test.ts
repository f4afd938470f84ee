import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines } from "../support/engines";
import { Project } from "../support/project";

describe.each(engines)("the example stack-reference on $name", (engine) => {
    let agb: TestAgb;
    let storage: Project;
    let sandbox: Project;
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

    it("says so while there is no storage", async () => {
        const { text, exit } = await sandbox.up();
        expect(text).toMatch(/unknown stack "organization\/storage\/dev"/);
        expect(exit).toBe(1);
        expect(await agb.sessions()).toEqual([]);
    });

    it("gives each new sandbox what the one before has left, and keeps that when the sandbox goes", async () => {
        await storage.init();
        expect((await storage.up()).exit).toBe(0);
        const { contextId } = await storage.outputs();
        expect(await agb.contexts()).toEqual([contextId]);

        expect((await sandbox.up()).exit).toBe(0);
        const first = (await sandbox.outputs()) as { sessionId: string };
        await agb.writeFile(first.sessionId, "/home/work/a.txt", "kept");
        expect((await sandbox.destroy()).exit).toBe(0);
        expect(await agb.sessions()).toEqual([]);

        expect((await sandbox.up()).exit).toBe(0);
        const second = (await sandbox.outputs()) as { sessionId: string; syncStatus: string };
        expect(second.syncStatus).toBe("Success");
        expect(await agb.readFile(second.sessionId, "/home/work/a.txt")).toBe("kept");
        expect((await sandbox.up("--expect-no-changes")).exit).toBe(0);
        expect((await sandbox.destroy()).exit).toBe(0);

        const refused = await storage.destroy();
        expect(refused.text).toMatch(/Context "work" \(SdkCtx-\w+\) was not deleted: it holds 1 file/);
        expect(refused.exit).toBe(1);
        expect(await agb.contexts()).toEqual([contextId]);
    });
});
