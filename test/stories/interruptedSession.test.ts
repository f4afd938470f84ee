/** A run that is killed while AGB creates a session: the next one continues with that session, and no file is lost. */
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines, type Engine } from "../support/engines";
import { run, start } from "../support/processes";
import { Project } from "../support/project";
import { tempFolder } from "../support/tempFolder";

const [engine] = engines as [Engine];
const program = (session = "", options = "") => `
const context = new agb.Context("notes", { name: "notes" });
const session = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }], ${session} }, { ${options} });
exports.contextId = context.id;
exports.sessionId = session.id;
exports.expiresAt = session.expiresAt;
`;

let agb: TestAgb;
let project: Project;
beforeEach(async () => {
    agb = await startTestAgb();
    project = await new Project(engine, agb.env).init();
    project.program(program());
});
afterEach(async () => {
    project.remove();
    await agb.close();
});

/** Kills an `up` when AGB has created the session and has not answered yet. Returns the id of the session. */
async function killedUp(): Promise<string> {
    agb.fault("createSession:hang-after:1:1");
    const up = start([...engine.argv("up"), "--yes", "--skip-preview", "--stack", "dev"], {
        cwd: project.folder,
        env: project.env,
    });
    await expect.poll(() => agb.sessions(), { interval: 20 }).toHaveLength(1);
    up.child.kill("SIGKILL");
    await up.ended;
    expect((await project.pulumi("cancel --yes --stack dev")).exit).toBe(0);
    const [sessionId = ""] = await agb.sessions();
    return sessionId;
}

it("takes over the session, whose files survive until the end", async () => {
    const sessionId = await killedUp();
    await agb.writeFile(sessionId, "/home/work/draft.txt", "written before the next run");

    const next = await project.up();
    expect(next.text).toMatch(
        new RegExp(`Session "dev" \\(${sessionId}\\) was created by an earlier run at .+ It is taken over\\.`),
    );
    expect(next.exit).toBe(0);
    expect(await agb.sessions()).toEqual([sessionId]);
    const outputs = (await project.outputs()) as { contextId: string; sessionId: string; expiresAt: string };
    expect(outputs.sessionId).toBe(sessionId);
    expect(Date.parse(outputs.expiresAt) - Date.now()).toBeGreaterThan(25 * 60_000);

    // A session that was removed from the state is recognized, too.
    await agb.writeFile(sessionId, "/home/work/draft.txt", "written later");
    expect((await project.pulumi("state delete --yes --stack dev", urnOf(sessionId))).exit).toBe(0);
    expect((await project.up()).exit).toBe(0);
    expect(await agb.sessions()).toEqual([sessionId]);
    // The context contains files, so destroying it is refused.
    await project.destroy();
    expect(await agb.sessions()).toEqual([]);
    expect(await agb.content(outputs.contextId, "/home/work/draft.txt")).toBe("written later");
});

const urnOf = (sessionId: string): string =>
    project.deployment().resources?.find(({ id }) => id === sessionId)?.urn ?? "";

it("ends a session that a replacement has retained, so its last upload cannot replace newer files", async () => {
    project.program(program("idleReleaseTimeout: 300", "retainOnDelete: true"));
    expect((await project.up()).exit).toBe(0);
    const { sessionId } = (await project.outputs()) as { sessionId: string };
    await agb.writeFile(sessionId, "/home/work/draft.txt", "kept");
    project.program(program("idleReleaseTimeout: 600", "retainOnDelete: true"));
    expect((await project.up()).exit).toBe(0);
    const sessions = await agb.sessions();
    expect(sessions).toHaveLength(1);
    expect(sessions).not.toContain(sessionId);
    expect(await agb.readFile(sessions[0] ?? "", "/home/work/draft.txt")).toBe("kept");
});

it("leaves a session of another machine alone, and its message names a command that ends it without losing files", async () => {
    const sessionId = await killedUp();
    await agb.writeFile(sessionId, "/home/work/notes.txt", "old");
    await agb.writeFile(sessionId, "/home/work/draft.txt", "only in the session");
    project.env.XDG_DATA_HOME = tempFolder("machine");

    const next = await project.up();
    expect(next.exit).toBe(0);
    const { contextId } = (await project.outputs()) as { contextId: string };
    const command =
        /To end it now and keep the files that the contexts hold, run `npx pulumi-agb (session release (\S+) --stack dev)`/.exec(
            next.text.replace(/\s+/g, " "),
        );
    expect(command?.[2]).toBe(sessionId);
    await agb.client.uploadContextFile(contextId, "/home/work/notes.txt", { text: "new" });

    const ended = await inTerminal(engine.argv(command?.[1] ?? ""), "yes");
    expect(ended).toContain(`Session ${sessionId} released`);
    expect(await agb.sessions()).not.toContain(sessionId);
    expect(await agb.content(contextId, "/home/work/notes.txt")).toBe("new");
    expect(await agb.content(contextId, "/home/work/draft.txt")).toBe("only in the session");
});

it("warns of the interrupted creation if the program drops the session, which the guide's commands end", async () => {
    const sessionId = await killedUp();
    await agb.writeFile(sessionId, "/home/work/draft.txt", "only in the session");
    project.program('exports.contextId = new agb.Context("notes", { name: "notes" }).id;');

    const next = await project.up();
    expect(next.exit).toBe(0);
    expect(next.text).toMatch(
        /warning: An earlier run stopped while creating Session "dev"\. .+ `npx pulumi-agb refresh --clear-pending-creates`\.\n/,
    );
    expect(next.text).toMatch(/Session::dev, interrupted while creating/);
    const { contextId } = (await project.outputs()) as { contextId: string };
    expect((await project.pulumi("session list", "--stack", "dev")).text).toContain(sessionId);
    expect((await project.pulumi("session release", sessionId, "--yes", "--stack", "dev")).exit).toBe(0);
    expect(await agb.sessions()).toEqual([]);
    expect(await agb.content(contextId, "/home/work/draft.txt")).toBe("only in the session");
    expect((await project.refresh("--clear-pending-creates")).exit).toBe(0);
    expect((await project.up()).text).not.toMatch(/interrupted/);
});

/** Runs a command in a terminal, where it asks, and answers. Without `script`, the command is confirmed by an option. */
async function inTerminal(argv: string[], answer: string): Promise<string> {
    const { folder: cwd, env } = project;
    if (process.platform !== "linux" || spawnSync("script", ["--version"]).status !== 0) {
        return (await run([...argv, "--yes"], { cwd, env })).text;
    }
    const line = argv.map((part) => `'${part}'`).join(" ");
    return (await run(["sh", "-c", `echo ${answer} | script -qec "${line}" /dev/null`], { cwd, env })).text;
}
