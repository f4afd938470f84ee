/** `pulumi-agb session exec`: a command in a session, with its output and its exit code. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { execute } from "../../provider/handlers/command/execute";
import { OutputStream } from "../../provider/handlers/command/output";
import { originLabels } from "../../provider/handlers/session/labels";
import { startTestAgb, type TestAgb } from "../support/agb";
import { startAlteringProxy } from "../support/alteringProxy";
import { root } from "../support/engines";
import { start } from "../support/processes";
import { tempFolder } from "../support/tempFolder";
import { runInProcess } from "./inProcess";

let agb: TestAgb;
let id: string;
let cwd: string;

const newSession = async (labels: Record<string, string> = {}) =>
    (await agb.client.createSession({ imageId: "agb-code-space-2", labels, mounts: [] })).sessionId;
beforeAll(async () => {
    agb = await startTestAgb();
    id = await newSession(originLabels({ project: "p", stack: "s", name: "dev" }));
    cwd = tempFolder("session-exec");
});
afterAll(() => agb.close());
beforeEach(() => void agb.local.faults.splice(0));

const env = () => ({ ...process.env, ...agb.env });
const exec = (...args: string[]) => runInProcess(["session", "exec", ...args], { cwd, env: env() });
const shell = async (command: string): Promise<string> => {
    const answer = await agb.client.callTool(id, "shell", { command: `${command}; true`, timeout_ms: 10_000 });
    return (JSON.parse(answer) as { stdout: string }).stdout.trim();
};
/** The files of commands, and the number of processes with this text among their arguments, which must be a pattern. */
const leftBy = (pattern: string) => shell(`ls -A /tmp/.pulumi-agb; pgrep -fc '${pattern}'`);

/** The command in a process of its own. */
const spawned = (...args: string[]) =>
    start([process.execPath, join(root, "dist/cli/main.js"), "session", "exec", ...args], { cwd, env: env() });

describe("the command", () => {
    it("prints to both outputs as it is, and sets the exit status", async () => {
        const { exit, stdout, text } = await exec(
            "dev",
            "-w",
            "/tmp",
            "--",
            "printf 'a\\nb'; pwd; echo err >&2; exit 7",
        );
        expect(stdout).toBe("a\nb/tmp\n");
        expect(text.replace(stdout, "")).toBe("err\n");
        expect(exit).toBe(7);
    });

    it("may be a program and its arguments, which no shell changes", async () => {
        const { stdout, exit } = await exec(id, "--", "printf", "%s|", "a b", "$HOME", "it's", "-l", "--json");
        expect(stdout).toBe("a b|$HOME|it's|-l|--json|");
        expect(exit).toBe(0);
    });

    it("may print more than an answer of AGB can have", async () => {
        const text = randomBytes(150_000).toString("base64");
        await agb.writeFile(id, "/tmp/long", text);
        expect((await exec(id, "--", "cat /tmp/long")).stdout).toBe(text);
        const { stdout, exit } = await exec(id, "--json", "--", "cat /tmp/long; echo err >&2; exit 3");
        const { startedAt, finishedAt, ...rest } = JSON.parse(stdout) as Record<string, string>;
        const end = `[${200_000 - 65_536} bytes of earlier output were left out]\n${text.slice(-65_536)}`;
        expect(rest).toEqual({ session: id, exitCode: 3, stdout: end, stderr: "err" });
        expect(Date.parse(finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(startedAt ?? ""));
        expect(exit).toBe(3);
    });

    it("may leave processes behind, but leaves no files", async () => {
        await exec(id, "--", "nohup sleep 987 > /dev/null 2>&1 &");
        expect(await leftBy("sleep 98[7]")).toBe("1");
        await shell("pkill -f 'sleep 98[7]'");
    });

    it("ends at the time limit with all its processes", async () => {
        const { exit, text } = await exec(id, "--timeout", "200ms", "--", "sleep 988 & echo begun; wait");
        expect(text).toBe("begun\nThe command did not finish within 0.2 s and was ended.\n");
        expect(exit).toBe(124);
        expect(await leftBy("sleep 98[8]")).toBe("0");
    });

    it("shows its output while it runs, and ends after ^C", async () => {
        const running = spawned("dev", "--", "echo begun; sleep 989");
        await expect.poll(running.output, { timeout: 20_000 }).toBe("begun\n");
        running.child.kill("SIGINT");
        const { exit, text } = await running.ended;
        expect(text).toBe("begun\n^C received; ending the command in the session\n");
        expect(exit).toBe(130);
        expect(await leftBy("sleep 98[9]")).toBe("0");
    });

    it("ends when the reader of its output has ended", async () => {
        const running = spawned(id, "--", "while echo line; do sleep 0.01; done");
        await expect.poll(running.output, { timeout: 20_000 }).toContain("line\n");
        running.child.stdout.destroy();
        expect(await running.ended).toMatchObject({ exit: 141 });
        expect(await leftBy("while ech[o]")).toBe("0");
    });
});

describe("a failure", () => {
    const error = (message: string) => ({ exit: 255, stdout: "", text: `error: ${message}\n` });
    const list = "To see those that it has, run `npx pulumi-agb session list`.";

    it("names the nearest session", async () => {
        expect(await exec("dve", "--", "true")).toMatchObject(
            error(`the account has no running session with the name or id "dve". Did you mean "dev"? ${list}`),
        );
        expect(await exec("something", "--", "true")).toMatchObject(
            error(`the account has no running session with the name or id "something". ${list}`),
        );
    });

    it("lists the sessions of one name, unless the stack of the project has only one", async () => {
        const other = await newSession(originLabels({ project: "p", stack: "other", name: "dev" }));
        const { text } = await exec("dev", "--", "true");
        expect(text).toContain('error: the name "dev" is not enough to find a session: ');
        expect(text).toContain(`${other} is of stack other of project p`);
        expect(text).toMatch(/\. Pass an id instead\.\n$/);

        const project = tempFolder("session-exec-project");
        writeFileSync(join(project, "Pulumi.yaml"), "name: p\nruntime: nodejs\n");
        const inStack = async (stack: string) =>
            (await exec("-C", project, "--stack", stack, "--json", "dev", "--", "true")).text;
        expect(JSON.parse(await inStack("other"))).toMatchObject({ session: other });
        expect(JSON.parse(await inStack("s"))).toMatchObject({ session: id });
        expect(await inStack("third")).toContain("Pass an id instead.");
        await agb.release(other);
    });

    it("says that the image may have no shell", async () => {
        const proxy = await startAlteringProxy(agb.local, (call) =>
            call === "mcp"
                ? (body) =>
                      body
                          .replace(/"content":.*\}\]/, '"content":[{"type":"text","text":"no such tool"}]')
                          .replace('"isError":false', '"isError":true')
                : undefined,
        );
        const { text } = await runInProcess(["session", "exec", "dev", "--", "true"], {
            cwd,
            env: { ...env(), AGB_ENDPOINT: proxy.endpoint },
        });
        await proxy.close();
        expect(text).toMatch(
            /^error: the command could not be started in session \S+: AGB said: no such tool \(.*\)\. Check that the image of the session has a shell\.\n$/,
        );
    });

    it("says that the session has ended", async () => {
        const short = await newSession();
        const running = exec(short, "--", "touch /tmp/begun; sleep 10");
        await expect.poll(() => agb.readFile(short, "/tmp/begun").catch(() => "absent")).toBe("");
        await agb.release(short);
        const { exit, text } = await running;
        expect(text).toContain(`error: session ${short} has ended before the command: AGB said: `);
        expect(exit).toBe(255);
    });

    it("that hides the end of the command says that it continues", async () => {
        const reader = () => new OutputStream(undefined);
        const signal = new AbortController().signal;
        const running = execute(agb.client, {
            ...{ sessionId: id, command: "touch /tmp/started; sleep 986", until: Infinity, signal },
            ...{ stdout: reader(), stderr: reader() },
        });
        const failure = expect(running).rejects.toMatchObject({ name: "ExecutionError", reason: "notObserved" });
        await expect.poll(() => shell("ls /tmp/started")).not.toBe("");
        agb.fault("mcp:reset:1");
        await failure;
        agb.local.faults.splice(0);
        expect(await shell("pgrep -fc 'sleep 98[6]'")).toBe("1");
    });

    it("of an option is one line", async () => {
        expect(await exec(id, "ls", "-l")).toMatchObject({
            exit: 1,
            text: "error: unknown option '-l'. Options of the command follow after --.\n",
        });
        expect(await exec(id, "--timeout", "soon", "--", "true")).toMatchObject({
            exit: 1,
            text: "error: option '--timeout <duration>' argument 'soon' is invalid. It must be a duration, such as 90s or 10m.\n",
        });
    });
});
