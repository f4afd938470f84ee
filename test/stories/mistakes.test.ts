/** Messages about mistakes: one clear line that names the input and the fix, and no leftovers. */
import { unlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { type Run } from "../support/processes";
import { Project } from "../support/project";

const session = (args: string) => `new agb.Session("dev", { imageId: "agb-code-space-2", ${args} });`;

describeOnEngines("on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    beforeAll(async () => {
        agb = await startTestAgb();
    });
    afterAll(() => agb.close());
    beforeEach(async () => {
        project = await new Project(engine, agb.env).init();
    });
    afterEach(() => project.remove());

    /** The run failed with this message and without a stack trace. */
    function failed({ exit, text }: Run, message: RegExp): void {
        expect(text).toMatch(message);
        expect(text).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
        expect(text).not.toContain("<nil>");
        expect(exit).toBe(1);
    }

    it("explains in the first preview how to set a missing key or work without one", async () => {
        delete project.env.AGB_API_KEY;
        project.program('new agb.Context("notes");');
        failed(
            await project.preview(),
            new RegExp(
                `there is no API key for AGB\\. Set one with \`${engine.command} config set --secret agb:apiKey\`, .+ AGB_API_KEY; .+ \`${engine.command} config set agb:endpoint local\``,
            ),
        );
    });

    it("names a configuration key that is not known, and the one that it resembles", async () => {
        const set = await project.config("agb:endpont", "local");
        expect(set.exit).toBe(0);
        project.program('new agb.Context("notes");');
        failed(
            await project.preview(),
            new RegExp(
                `agb:endpont is not a configuration key of pulumi-agb; did you mean agb:endpoint\\? Remove it with \`${engine.command} config rm agb:endpont\`\\.`,
            ),
        );
        expect((await project.pulumi("config rm", "--stack", "dev", "agb:endpont")).exit).toBe(0);
        expect((await project.preview()).exit).toBe(0);
    });

    it("finds an endpoint that is almost the word local", async () => {
        project.env.AGB_ENDPOINT = "Local";
        project.program('new agb.Context("notes");');
        failed(
            await project.preview(),
            /has a problem: the endpoint "Local" is not a valid URL; did you mean "local"\? Correct agb:endpoint \(or AGB_ENDPOINT\)/,
        );
    });

    it("names the setting that is wrong, and no other", async () => {
        project.env.AGB_TIMEOUT_MS = "1m";
        project.program('new agb.Context("notes");');
        failed(
            await project.preview(),
            /Context resource 'notes' has a problem: agb:timeoutMs \(or AGB_TIMEOUT_MS\) is "1m": specify milliseconds/,
        );
    });

    it("reports all invalid inputs of a session in one preview", async () => {
        project.program(
            session(`labels: { team: "" }, contextSyncs: [
            { contextId: "c", path: "work" }, { contextId: "c", path: "/home/a" }, { contextId: "d", path: "/home/a" },
            { contextId: "c", path: "/home/b", policy: { bwList: { whiteLists: [{ path: "*.ts" }] } } },
        ]`),
        );
        const run = await project.preview();
        failed(run, /Session resource 'dev' has a problem: contextSyncs\[0\]\.path "work" must be an absolute path/);
        failed(run, /contextSyncs\[2\]\.path .*"\/home\/a" is already the path of contextSyncs\[1\]/);
        failed(run, /has a problem: labels\.team must not be empty/);
        failed(run, /contextSyncs\[3\]\.policy\.bwList\.whiteLists\[0\]\.path .*"\*\.ts" contains a wildcard/);
    });

    it("warns in the preview about two sessions and a file in one folder, and no longer once a dependency orders them", async () => {
        const program = (options: string) =>
            project.program(`const contextId = "SdkCtx-1";
const file = new agb.ContextFile("seed", { contextId, path: "/home/w/a.md", content: "a" });
new agb.Session("dev", { imageId: "i", contextSyncs: [{ contextId, path: "/home/w" }] }, ${options});
new agb.Session("sub", { imageId: "i", contextSyncs: [{ contextId, path: "/home/w/sub" }] });`);
        program("{}");
        const unordered = await project.preview();
        expect(unordered.exit).toBe(0);
        expect(unordered.text).toMatch(/ContextFile "seed" puts \/home\/w\/a\.md in .+ where Session "dev" uploads/);
        expect(unordered.text).toMatch(/Session "(dev|sub)" uploads .+ and Session "(dev|sub)" uploads .+ to context/);
        program("{ dependsOn: file }");
        const ordered = await project.preview();
        expect(ordered.text).toMatch(/Session "(dev|sub)" uploads .+ and Session "(dev|sub)" uploads .+ to context/);
        expect(ordered.text).not.toMatch(/ContextFile "seed" puts/);
    });

    it("finds a bad custom timeout together with the other mistakes", async () => {
        project.program('new agb.Context("notes", { name: " " }, { customTimeouts: { create: "5 minutes" } });');
        const run = await project.preview();
        failed(
            run,
            /has a problem: customTimeouts\.create "5 minutes" is not a duration; write it as "5m", "90s" or "1h30m"/,
        );
        failed(run, /name .*must not be empty/);
    });

    it("reports a missing file in the preview", async () => {
        project.program(
            'new agb.ContextFile("notes", { contextId: "c", path: "/home/a", source: new pulumi.asset.FileAsset("none.md") });',
        );
        failed(
            await project.preview(),
            /ContextFile "notes": the file "none\.md" does not exist\. Use an absolute path/,
        );
    });

    it("reports a relative path and duplicate content in the preview, without revealing a secret", async () => {
        project.program(
            'new agb.ContextFile("notes", { contextId: "c", path: "a.md", source: pulumi.secret(new pulumi.asset.StringAsset("hush")), content: pulumi.secret("hush") });',
        );
        const run = await project.preview();
        failed(run, /has a problem: path "a\.md" must be the absolute path of a file/);
        failed(run, /has a problem: source, content both are set/);
        expect(run.text).not.toContain("hush");
    });

    it.each([
        ["import", '{ import: "SdkCtx-1" }', /Context "notes": the option "import" does not work .+ adopt: true/],
        ["provider", "{ provider: { } }", /Context "notes": the option "provider" does not work .+ agb:apiKey/],
    ])("refuses the option %s", async (_, options, message) => {
        project.program(`new agb.Context("notes", {}, ${options});`);
        failed(await project.preview(), message);
    });

    it("reports a wrong key without revealing it", async () => {
        project.env.AGB_API_KEY = "a-wrong-key-1234";
        project.program('new agb.Context("notes");');
        const run = await project.up();
        failed(run, /AGB does not accept the API key: .+ Check agb:apiKey or AGB_API_KEY/);
        expect(run.text).not.toContain("a-wrong-key-1234");
    });

    it("names an unknown image", async () => {
        project.program('new agb.Session("dev", { imageId: "agb-code-space-9" });');
        failed(
            await project.up(),
            /Session "dev" could not be created from image "agb-code-space-9": AGB said: .+ Check imageId\./,
        );
        expect(await agb.sessions()).toEqual([]);
    });

    it("names an unknown context", async () => {
        project.program(session('contextSyncs: [{ contextId: "SdkCtx-none", path: "/home/a" }]'));
        failed(
            await project.up(),
            /Session "dev" could not be created .+SdkCtx-none.+ Check contextSyncs\[0\]\.contextId\./,
        );
        expect(await agb.sessions()).toEqual([]);
    });

    it("reports an unreachable endpoint", async () => {
        project.env.AGB_ENDPOINT = "http://127.0.0.1:1";
        project.program('new agb.Context("notes", { name: "n" });');
        failed(
            await project.up(),
            /AGB at http:\/\/127\.0\.0\.1:1 cannot be reached: .+ Check agb:endpoint or AGB_ENDPOINT/,
        );
    });

    it("reports an endpoint whose name does not exist", async () => {
        project.env.AGB_ENDPOINT = "https://no-such-host.invalid";
        project.program('new agb.Context("notes", { name: "n" });');
        failed(
            await project.up(),
            /AGB at https:\/\/no-such-host\.invalid cannot be reached: .*no-such-host\.invalid.* Check agb:endpoint or AGB_ENDPOINT/,
        );
    });

    it("reports an endpoint that is not AGB", async () => {
        const server = createServer((_, response) =>
            response.setHeader("content-type", "text/html").end("<!doctype html><h1>Welcome</h1>"),
        ).listen(0, "127.0.0.1");
        await new Promise((resolve) => server.once("listening", resolve));
        const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        project.env.AGB_ENDPOINT = endpoint;
        project.program('new agb.Context("notes", { name: "n" });');
        failed(
            await project.up(),
            new RegExp(
                `${endpoint} answered GetContext with a web page \\(HTTP 200\\): this is not AGB's API\\. Check agb:endpoint or AGB_ENDPOINT\\.`,
            ),
        );
        server.close();
    });

    it("keeps the resources that a program registered before it threw", async () => {
        project.program(
            'const context = new agb.Context("notes");\ncontext.id.apply(() => { throw new Error("the program is broken"); });',
        );
        const { exit, text } = await project.up();
        expect(text).toMatch(/the program is broken/);
        expect(exit).toBe(1);
        const [contextId] = await agb.contexts();
        expect(project.state()).toContain(contextId);
        await project.destroy();
        expect(await agb.contexts()).toEqual([]);
    });

    it("reports where it looked for Pulumi.yaml", async () => {
        unlinkSync(join(project.folder, "Pulumi.yaml"));
        const { exit, text } = await project.up();
        expect(text).toMatch(/no Pulumi\.yaml project file found|Pulumi\.yaml/);
        expect(exit).not.toBe(0);
    });

    it.runIf(engine.name.includes("embedded"))(
        "names a TypeScript that the program runner cannot use, and what to install",
        async () => {
            project.write("Pulumi.yaml", "name: story\nruntime: nodejs\n");
            project.program('new agb.Context("notes");');
            project.replaceModule("typescript", { version: "7.0.2", main: "lib/typescript.js" });
            failed(await project.preview(), /TypeScript 7\.0\.2.+npm install --save-dev typescript@6/);
        },
    );
});
