/** Messages about mistakes: one clear line that names the input and the fix, and no leftovers. */
import { appendFileSync, readFileSync, unlinkSync } from "node:fs";
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

    it("warns about an API key in plain text until it is encrypted", async () => {
        const settings = join(project.folder, "Pulumi.dev.yaml");
        appendFileSync(settings, "config:\n  agb:apiKey: a-plain-key\n");
        project.program('new agb.Context("notes");');
        const warning = `agb:apiKey is in plain text in the settings of the stack. Encrypt it with \`${engine.command} config set --secret agb:apiKey\``;
        expect((await project.preview()).text).toContain(warning);
        expect((await project.config("--secret", "agb:apiKey", "a-plain-key")).exit).toBe(0);
        expect(readFileSync(settings, "utf8")).not.toContain("a-plain-key");
        expect((await project.preview()).text).not.toContain("plain text");
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

    it.each([
        [
            "an input in the Python spelling",
            session('contextSyncs: JSON.parse(`[{ "context_id": "SdkCtx-1", "path": "/home/a" }]`)'),
            /contextSyncs\[0\]\.context_id is not a known input; did you mean "contextId"\?/,
        ],
        [
            "an unknown value of a policy",
            session(
                'contextSyncs: [{ contextId: "SdkCtx-1", path: "/home/a", policy: { uploadPolicy: { uploadMode: "archive" } } }]',
            ),
            /contextSyncs\[0\]\.policy\.uploadPolicy\.uploadMode must be "File" or "Archive", not "archive"; did you mean "Archive"\?/,
        ],
        [
            "a full-width slash",
            session('contextSyncs: [{ contextId: "SdkCtx-1", path: "\uff0fhome/a" }]'),
            /contextSyncs\[0\]\.path "\uff0fhome\/a" must be an absolute path .+; it contains "\uff0f" \(U\+FF0F\) instead of "\/"/,
        ],
        [
            "an absolute path in an allowlist",
            session(
                'contextSyncs: [{ contextId: "SdkCtx-1", path: "/home/a", policy: { bwList: { whiteLists: [{ path: "/home/a/src" }] } } }]',
            ),
            /whiteLists\[0\]\.path "\/home\/a\/src" is an absolute path, but AGB takes it relative to the mount; write "src"/,
        ],
        [
            "an output in a text",
            session('contextSyncs: [{ contextId: `${new agb.Context("notes").id}`, path: "/home/a" }]'),
            /contextSyncs\[0\]\.contextId contains an output that was converted to text; pass the output itself/,
        ],
        [
            "two contexts of one name",
            'new agb.Context("one", { name: "same" }, { dependsOn: new agb.Context("two", { name: "same" }) });',
            /Context resource 'one' has a problem: name is also the name of Context "two"/,
        ],
    ])("finds %s in the preview", async (_, program, message) => {
        project.program(program);
        failed(await project.preview(), message);
    });

    it("warns in the preview about inputs that are valid and probably mistakes", async () => {
        project.program(
            'new agb.Session("dev", { imageId: "agb-code-space-9", idleReleaseTimeout: 3600, contextSyncs: [{ contextId: "work", path: "/opt/a" }] });',
        );
        const { exit, text } = await project.preview();
        expect(exit).toBe(0);
        expect(text).toMatch(
            /imageId "agb-code-space-9" is not one of the images that AGB documents: agb-code-space-1, /,
        );
        expect(text).toMatch(/idleReleaseTimeout 3600 is longer than a session can exist\. Use at most 1800 seconds/);
        expect(text).toMatch(/contextSyncs\[0\]\.contextId "work" looks like the name of a context/);
        expect(text).toMatch(/contextSyncs\[0\]\.path "\/opt\/a" is not a place that sessions can write to/);
    });

    it("keeps the state of a program that gives a context in place of its id", async () => {
        const program = (contextId: string) =>
            project.program(`const context = new agb.Context("notes", { name: "n" });
new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: ${contextId}, path: "/home/a" }] });`);
        program("context.id");
        expect((await project.up()).exit).toBe(0);
        program("context");
        expect((await project.preview()).text).toMatch(/3 unchanged/);
        await project.destroy();
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
