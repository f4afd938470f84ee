/** Bringing existing contexts into a stack: `pulumi-agb import` writes the file that `pulumi import` reads. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines, hasPulumi, NEEDS_PULUMI, root } from "../support/engines";
import { run } from "../support/processes";
import { Project } from "../support/project";

// The last engine is the pulumi command, if it is installed.
describe.each(engines.slice(-1))("pulumi-agb import, for a stack of $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    let notes: string;
    const imports = (...args: string[]) =>
        run([process.execPath, join(root, "dist", "cli", "main.js"), "import", ...args], {
            cwd: project.folder,
            env: project.env,
        });
    const file = (name: string) => join(project.folder, name);
    const read = (name: string) =>
        JSON.parse(readFileSync(file(name), "utf8")) as { resources: { name: string; id: string }[] };

    beforeAll(async () => {
        agb = await startTestAgb();
        notes = (await agb.client.ensureContext("notes")).id;
        await agb.client.uploadContextFile(notes, "/home/notes/a.txt", { text: "a" });
        project = await new Project(engine, { AGB_ENDPOINT: agb.env.AGB_ENDPOINT, PULUMI_STACK: "dev" }).init();
        await project.config("--secret", "agb:apiKey", agb.env.AGB_API_KEY);
    });
    afterAll(async () => {
        project.remove();
        await agb.close();
    });

    it("writes each context once, found by name or id, and explains the next step", async () => {
        const more = (await agb.client.ensureContext("more notes")).id;
        const { text, stdout, exit } = await imports("more notes", notes, "notes");
        expect([exit, text]).toEqual([0, stdout]);
        expect(read("import.json").resources.map(({ name, id }) => [name, id])).toEqual([
            ["more notes", more],
            ["notes", notes],
        ]);
        const inputs = {
            name: "notes",
            adopt: false,
            forceDestroy: false,
            __origin: { project: "story", stack: "dev", name: "notes", parents: [] },
            __provider: 'exports.handler=()=>require("pulumi-agb/handlers").context',
        };
        expect(read("import.json").resources[1]).toEqual({
            type: "pulumi-nodejs:dynamic/agb:Context",
            name: "notes",
            id: notes,
            inputs,
            outputs: {
                ...inputs,
                adopted: false,
                state: "available",
                createTime: expect.any(String) as string,
                lastUsedTime: expect.any(String) as string,
            },
        });
        expect(stdout).toContain(
            'new agb.Context("more notes", { name: "more notes" });\nnew agb.Context("notes", { name: "notes" });\n',
        );
        expect(stdout).toContain("pulumi import --file import.json --generate-code=false --protect=false\n");
    });

    it("does not overwrite an existing file", async () => {
        const before = readFileSync(file("import.json"), "utf8");
        const { text, exit } = await imports("notes");
        expect([exit, text]).toEqual([
            1,
            `error: ${file("import.json")} already exists. Remove it, or choose another file with --out.\n`,
        ]);
        expect(readFileSync(file("import.json"), "utf8")).toBe(before);
    });

    it.each([
        [
            "a context that the account does not have",
            () => Promise.resolve("nowhere"),
            /^error: the account has no context with the name or id "nowhere"\. Check the spelling, and that .+\n$/,
        ],
        [
            "a session, which can only be referenced",
            async () => {
                return (await agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts: [] }))
                    .sessionId;
            },
            /^error: "(session-\w+)" is a session\. Sessions cannot be imported, .+ agb\.Session\.get\("NAME", "\1"\), or declare a new one\.\n$/,
        ],
    ])("refuses %s, and writes nothing", async (_, make, message) => {
        const { text, exit } = await imports("notes", await make(), "--out", "none.json");
        expect(text).toMatch(message);
        expect(exit).toBe(1);
        expect(existsSync(file("none.json"))).toBe(false);
    });

    it("uses the account from the environment if the stack's config cannot be read, and says so", async () => {
        const { PULUMI_CONFIG_PASSPHRASE } = project.env;
        delete project.env.PULUMI_CONFIG_PASSPHRASE;
        const refused = await imports("notes", "--out", "unread.json");
        expect(refused.text).toMatch(
            /^error: the stack's config cannot be read: .+ Set the account in the environment: AGB_API_KEY=.+\n$/,
        );
        expect(refused.exit).toBe(1);
        project.env.AGB_API_KEY = agb.env.AGB_API_KEY;
        const { text, stdout, exit } = await imports("notes", "--out", "unread.json");
        expect(text).toMatch(/^Using the account in the environment, because the stack's config cannot be read: .+$/m);
        expect(stdout).toMatch(/^Wrote unread\.json\./);
        expect(exit).toBe(0);
        delete project.env.AGB_API_KEY;
        Object.assign(project.env, { PULUMI_CONFIG_PASSPHRASE });
    });

    it.skipIf(!hasPulumi)(
        "is what pulumi imports, so that nothing changes with the program that it gave, and is managed from then on",
        { meta: NEEDS_PULUMI },
        async () => {
            const imported = await project.pulumi(
                "import",
                "--file",
                "import.json",
                "--generate-code=false",
                "--protect=false",
                "--yes",
                "--skip-preview",
            );
            expect(imported.text).toMatch(/2 imported/);
            project.program(
                'new agb.Context("more notes", { name: "more notes" });\nnew agb.Context("notes", { name: "notes" });',
            );
            expect((await project.preview("--expect-no-changes")).exit).toBe(0);
            expect((await project.refresh("--expect-no-changes")).exit).toBe(0);
            expect((await project.destroy()).text).toMatch(
                /Context "notes" \(SdkCtx-\w+\) was not deleted: it holds 1 file/,
            );
            project.env.AGB_FORCE_DESTROY = "Context:notes";
            expect((await project.destroy()).exit).toBe(0);
            expect(await agb.contexts()).toEqual([]);
        },
    );
});
