/** Messages whose advice no other story follows: after following it, the command that failed succeeds. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { describeOnEngines } from "../support/engines";
import { Project } from "../support/project";

const session = (args = "", options = "", mount = 'path: "/home/work"') => `
const context = new agb.Context("notes", { name: "notes", adopt: true });
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: context.id, ${mount} }],
    ${args}
}, { ${options} });
exports.sessionId = session.id;
exports.syncStatus = session.syncStatus;
`;

describeOnEngines("on $name", (engine) => {
    let agb: TestAgb;
    let project: Project;
    const start = async (options: Parameters<typeof startTestAgb>[0] = {}) => {
        agb = await startTestAgb(options);
        project = await new Project(engine, agb.env).init();
    };
    beforeEach(() => start());
    afterEach(async () => {
        project.remove();
        await agb.close();
    });
    const succeeds = async (command: ReturnType<Project["up"]>) => {
        const { exit, text } = await command;
        expect(exit, text).toBe(0);
    };
    const fails = async (command: ReturnType<Project["up"]>, message: RegExp | string) => {
        const { exit, text } = await command;
        expect(text).toMatch(message);
        expect(exit).toBe(1);
        return text;
    };
    const sessionId = async () => (await project.outputs()).sessionId as string;

    it.each([
        { args: "forceDestroy: true", options: "", kept: false },
        { args: "", options: "retainOnDelete: true", kept: true },
    ])(
        "a context with files is deleted or kept once `up` has stored $args$options",
        async ({ args, options, kept }) => {
            const context = (args = "", options = "") =>
                `exports.contextId = new agb.Context("notes", { ${args} }, { ${options} }).id;`;
            project.program(context());
            await succeeds(project.up());
            const contextId = (await project.outputs()).contextId as string;
            await agb.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "a" });
            await fails(
                project.destroy(),
                /set forceDestroy: true and run `(?:npx pulumi-agb|pulumi) up` first.+set the option retainOnDelete: true and run `(?:npx pulumi-agb|pulumi) up` first/,
            );
            project.program(context(args, options));
            await succeeds(project.up());
            await succeeds(project.destroy());
            expect(await agb.contexts()).toEqual(kept ? [contextId] : []);
        },
    );

    it("a context with files is kept once it is removed only from the state", async () => {
        project.program('exports.contextId = new agb.Context("notes").id;');
        await succeeds(project.up());
        const contextId = (await project.outputs()).contextId as string;
        await agb.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "a" });
        const { text } = await project.destroy();
        const advice =
            /or remove the context only from the state with `(?:npx pulumi-agb|pulumi) state delete (urn:[^`]+)`\./;
        const [, urn = ""] = advice.exec(text.replaceAll(/\s+/g, " ")) ?? [];
        await succeeds(project.pulumi("state delete", "--yes", "--stack", "dev", urn));
        await succeeds(project.destroy());
        expect(await agb.contexts()).toEqual([contextId]);
    });

    it("a session that is not ready lets the deployment succeed once it only reports that", async () => {
        project.program(session());
        agb.fault("createSession:fail:1");
        agb.fault("SyncContext:fail:1");
        await fails(project.up(), /or set onSyncFailure: "report" to let the deployment succeed anyway\./);
        project.program(session('onSyncFailure: "report"'));
        await succeeds(project.up());
        expect((await project.outputs()).syncStatus).toBe("Failed");
    });

    it("a session whose release takes too long is destroyed with a longer limit, which `up` stores", async () => {
        await agb.close();
        project.remove();
        await start({ syncTimeMs: 3000 });
        const limited = (limit: string) =>
            session("syncOnDelete: false, waitForSync: false", `customTimeouts: { delete: "${limit}" }`).replace(
                "adopt: true",
                "forceDestroy: true",
            );
        project.program(limited("1s"));
        await succeeds(project.up());
        await agb.local.whenIdle();
        await agb.writeFile(await sessionId(), "/home/work/notes.txt", "hours of work");
        await fails(
            project.destroy(),
            /could not be released in time: AGB still lists it\. Run the command again, or allow more time with customTimeouts\./,
        );
        await agb.local.whenIdle();
        await succeeds(project.up());
        await agb.local.whenIdle();
        project.program(limited("60s"));
        await succeeds(project.up());
        await succeeds(project.destroy());
        expect(await agb.sessions()).toEqual([]);
    });

    it("a mount that moves shows its data with the mapping of the warning", async () => {
        project.program(session());
        await succeeds(project.up());
        await agb.writeFile(await sessionId(), "/home/work/notes.txt", "hours of work");
        project.program(session("", "", 'path: "/home/moved"'));
        const { text } = await project.preview();
        const [, policy = ""] =
            /To see it there, set policy\.(mappingPolicy: \{ path: "\/home\/work" \})\./.exec(text) ?? [];
        project.program(session("", "", `path: "/home/moved", policy: { ${policy} }`));
        await succeeds(project.up());
        expect(await agb.readFile(await sessionId(), "/home/moved/notes.txt")).toBe("hours of work");
    });

    it("wrong values are corrected by the commands of the message", async () => {
        project.program('new agb.Context("notes");');
        for (const key of ["agb:defaultLabels", "agb:forceDestroy"]) {
            await project.config(key, "Session:dev");
            const text = await fails(project.preview(), new RegExp(`${key} must `));
            const [, removed = "", path = "", value = ""] =
                /run `(?:npx pulumi-agb|pulumi) config rm (\S+)`, then `(?:npx pulumi-agb|pulumi) config set --path '?([^' ]+)'? (\S+)`/.exec(
                    text,
                ) ?? [];
            await succeeds(project.pulumi("config rm", "--stack", "dev", removed));
            await succeeds(project.config("--path", path, value));
        }
        await succeeds(project.preview());
    });

    it("a destroy without a key works after the key is set and `up` has stored it", async () => {
        const { AGB_API_KEY: key = "" } = project.env;
        project.program('new agb.Context("notes");');
        await succeeds(project.up());
        delete project.env.AGB_API_KEY;
        await fails(
            project.destroy(),
            new RegExp(
                `Context "notes" could not be deleted: there is no API key for AGB\\. .+ run \`${engine.command} up\` first\\.`,
            ),
        );
        await succeeds(project.config("--secret", "agb:apiKey", key));
        await fails(project.destroy(), "there is no API key for AGB");
        await succeeds(project.up());
        await succeeds(project.destroy());
        expect(await agb.contexts()).toEqual([]);
    });

    it("a missing key is set by the command of the message", async () => {
        const { AGB_API_KEY: key = "" } = project.env;
        delete project.env.AGB_API_KEY;
        project.program('new agb.Context("notes");');
        let stack = "dev";
        // Only the embedded engine knows whether commands need the option.
        if (engine.command.startsWith("npx")) {
            stack = "other";
            await succeeds(project.pulumi("stack init", stack));
            await succeeds(project.pulumi("stack select", "dev"));
        }
        const preview = () => project.pulumi("preview", "--non-interactive", "--stack", stack);
        const text = await fails(preview(), /there is no API key for AGB/);
        const [, set = ""] =
            /Set one with `(?:npx pulumi-agb|pulumi) (config set --secret agb:apiKey.*?)`/.exec(text) ?? [];
        await succeeds(project.pulumi(set, key));
        await succeeds(preview());
    });
});
