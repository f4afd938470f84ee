/** ^C and kills: what is saved, what becomes of the lock, and how the next run continues. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engines, type Engine } from "../support/engines";
import { run, start, type RunningProcess } from "../support/processes";
import { ThingsProject } from "./thingsProject";

const [embedded] = engines as [Engine];
let project: ThingsProject;
beforeAll(async () => {
    project = await new ThingsProject(embedded).init();
    project.program("const slow = new Thing('slow', { waitsFor: 'go-on' }); new Thing('later', { from: slow.made });");
});
afterAll(() => project.remove());

/** An `up` that is creating `slow`, which ends when the file `go-on` exists. */
async function runningUp(): Promise<RunningProcess> {
    const before = project.begun().length;
    const up = start([...embedded.argv("up"), "--yes", "--skip-preview", "--stack", "dev"], {
        cwd: project.folder,
        env: project.env,
    });
    await expect.poll(() => project.begun().length, { interval: 20 }).toBeGreaterThan(before);
    return up;
}

async function interruptedUp(): Promise<RunningProcess> {
    const up = await runningUp();
    up.child.kill("SIGINT");
    await expect.poll(() => up.output(), { interval: 20 }).toContain("^C received; cancelling.");
    return up;
}
const locks = (): string[] => readdirSync(join(project.folder, ".backend/.pulumi/locks/organization/story/dev"));

test("^C once lets running operations finish, and starts no others", async () => {
    const up = await interruptedUp();
    project.write("go-on", "");
    const { exit, text } = await up.ended;
    expect(exit).toBe(1);
    expect(text).toMatch(/slow created/);
    expect(text).toContain("update canceled");
    expect(project.things()).toEqual(["slow"]);
    expect(project.state()).toMatch(/"id":"slow-\d+"/);
    expect(project.state()).not.toContain("pending_operations");
    expect(locks()).toEqual([]);
    expect((await project.up()).text).toMatch(/^ {4}\+ 1 created\n {4}2 unchanged$/m);
    expect((await project.destroy()).exit).toBe(0);
});

test("^C twice exits immediately, with the operation recorded and the lock released", async () => {
    rmSync(join(project.folder, "go-on"));
    const up = await interruptedUp();
    up.child.kill("SIGINT");
    const { exit, text } = await up.ended;
    expect(exit).toBe(8);
    expect(text).toContain("^C received; terminating");
    expect(project.state()).toMatch(/"pending_operations":\[\{"resource":\{"urn":"[^"]+::slow"/);
    expect(locks()).toEqual([]);
    project.write("go-on", "");
    const next = await project.up();
    expect(next.text).toContain("interrupted while creating");
    expect(next.exit).toBe(0);
});

test("a second run at the same time is refused, and the first one is not disturbed", async () => {
    rmSync(join(project.folder, "go-on"));
    expect((await project.destroy()).exit).toBe(0);
    const up = await runningUp();
    const second = await project.up();
    expect(second.exit).toBe(1);
    expect(second.text).toMatch(
        /^error: the stack is currently locked by another run: \S+ \(pid \d+\) since \S+Z\. Wait until it ends, or if it was killed, remove the lock with `npx pulumi-agb cancel dev`\.\n$/,
    );
    expect(second.text).toContain(`(pid ${up.child.pid})`);
    project.write("go-on", "");
    expect((await up.ended).exit).toBe(0);
});

test.runIf(process.platform === "linux")(
    "a process that has ended counts as gone before its parent has noticed",
    async () => {
        const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
        const [line] = (await once(parent.stdout, "data")) as [Buffer];
        const lock = { pid: Number(line), username: "ann", hostname: hostname(), timestamp: new Date().toISOString() };
        await expect.poll(() => readFileSync(`/proc/${lock.pid}/stat`, "utf8")).toContain(") Z ");
        project.write(".backend/.pulumi/locks/organization/story/dev/zombie.json", JSON.stringify(lock));
        expect((await project.up()).text).toContain("is currently locked by a run that was killed: ann@");
        expect((await project.pulumi("cancel", "dev")).exit).toBe(0);
        parent.kill();
    },
);

test("a killed run leaves its lock, the next run says so, and following its advice continues the deployment", async () => {
    rmSync(join(project.folder, "go-on"));
    expect((await project.destroy()).exit).toBe(0);
    const up = await runningUp();
    up.child.kill("SIGKILL");
    await up.ended;
    const refused = await project.up();
    expect(refused.exit).toBe(1);
    const [, advice = ""] =
        /^error: the stack is currently locked by a run that was killed: .*`npx pulumi-agb (cancel [^`]+)`, .*\n$/.exec(
            refused.text,
        ) ?? [];
    expect(refused.text).toContain(`(pid ${up.child.pid}, which no longer exists)`);
    const follow = () => run(embedded.argv(advice), { cwd: project.folder, env: project.env });
    const removed = await follow();
    expect(removed.stdout).toBe(
        `Removed the lock that a killed run has left on the stack 'dev': ${/: (\S+@.+?)\. Remove/.exec(refused.text)?.[1] ?? ""}. The next run continues from the saved state.\n`,
    );
    expect(removed.exit).toBe(0);
    expect(await follow()).toMatchObject({
        exit: 0,
        stdout: "There is nothing to cancel: the stack 'dev' is not locked.\n",
    });
    project.write("go-on", "");
    expect((await project.up()).exit).toBe(0);
});
