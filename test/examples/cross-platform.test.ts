/** The example `cross-platform`, deployed as it is. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

describeOnEngines("the example cross-platform on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
        project = await new Project(engine, agb.env, "cross-platform").init();
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("shows the data at the mapped path, and keeps new files separate", async () => {
        expect((await project.up()).exit).toBe(0);
        const {
            contextId = "",
            sessionId = "",
            syncStatus,
            mounts,
        } = (await project.outputs()) as Record<string, string>;
        expect(syncStatus).toBe("Success");
        expect(mounts).toMatchObject([{ path: "/tmp/project" }, { path: "/tmp/results" }]);
        const tool = (name: string, args: Record<string, string>) => agb.client.callTool(sessionId, name, args);
        expect(await tool("read_file", { path: "/tmp/project/readme.md" })).toBe(
            "Written on one image, read on another.\n",
        );
        expect(await tool("list_directory", { path: "/tmp/results" })).toBe("");

        await tool("write_file", { path: "/tmp/project/readme.md", content: "changed", mode: "overwrite" });
        await tool("write_file", { path: "/tmp/results/1.txt", content: "1", mode: "overwrite" });
        expect(
            (
                await project.destroy(
                    "--target",
                    "urn:pulumi:dev::cross-platform::pulumi-nodejs:dynamic/agb:Session::reader",
                )
            ).exit,
        ).toBe(0);
        expect(await agb.files(contextId)).toEqual(["/home/linux/project/readme.md", "/tmp/results/1.txt"]);
        expect(await agb.client.findContextFile(contextId, "/home/linux/project/readme.md")).toMatchObject({
            size: 39,
        });
        expect((await project.destroy()).exit).toBe(0);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);
    });
});
