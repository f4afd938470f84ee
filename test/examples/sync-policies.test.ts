/** The example `sync-policies`, deployed as it is. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

interface Outputs {
    sessionId: string;
    syncStatus: string;
    contextIds: Record<"dependencies" | "sources" | "reports" | "fixtures", string>;
}

describeOnEngines("the example sync-policies on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env, "sync-policies").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("keeps in each context what the policy of its mount selects", async () => {
        expect((await project.up()).exit).toBe(0);
        const { sessionId, syncStatus, contextIds } = (await project.outputs()) as unknown as Outputs;
        expect(syncStatus).toBe("Success");
        const written = [
            "dependencies/a.js",
            "dependencies/b/c.js",
            "project/src/index.ts",
            "project/src/node_modules/x.js",
            "project/README.md",
            "reports/daily/1.txt",
            "reports/all.txt",
            "fixtures/f.json",
        ];
        for (const folder of ["dependencies/b", "project/src/node_modules", "reports/daily"]) {
            await agb.client.callTool(sessionId, "create_directory", { path: `/home/${folder}` });
        }
        for (const file of written) await agb.writeFile(sessionId, `/home/${file}`, file);

        // Only the session is deleted, as in a replacement or in a stack whose contexts are retained.
        expect(
            (await project.destroy("--target", "urn:pulumi:dev::sync-policies::pulumi-nodejs:dynamic/agb:Session::dev"))
                .exit,
        ).toBe(0);
        expect(await agb.files(contextIds.dependencies)).toEqual([
            expect.stringMatching(/^\/home\/dependencies\/[^/]+\.zip$/),
        ]);
        expect(await agb.files(contextIds.sources)).toEqual(["/home/project/src/index.ts"]);
        expect(await agb.files(contextIds.reports)).toEqual(["/home/reports/all.txt", "/home/reports/daily/1.txt"]);
        expect(await agb.files(contextIds.fixtures)).toEqual([]);

        // The next session contains the files from the archive.
        expect((await project.up()).exit).toBe(0);
        const next = (await project.outputs()) as unknown as Outputs;
        expect(await agb.readFile(next.sessionId, "/home/dependencies/b/c.js")).toBe("dependencies/b/c.js");

        await agb.release(next.sessionId);
        await agb.local.clock.advance(25 * 60 * 60 * 1000);
        await expect.poll(() => agb.files(contextIds.reports)).toEqual(["/home/reports/all.txt"]);
        expect((await project.destroy()).exit).toBe(0);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);
    });
});
