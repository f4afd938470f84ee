/** ^C: what is in flight is finished and saved, the lock is given back, and the next run goes on. */
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engines, type Engine } from "../support/engines";
import { start, type RunningProcess } from "../support/processes";
import { ThingsProject } from "./thingsProject";

const [embedded] = engines as [Engine];
let project: ThingsProject;
beforeAll(async () => {
    project = await new ThingsProject(embedded).init();
    project.program("const slow = new Thing('slow', { waitsFor: 'go-on' }); new Thing('later', { from: slow.made });");
});
afterAll(() => project.remove());

/** An `up` that is interrupted once `slow` is being created. `slow` is created when the file `go-on` exists. */
async function interruptedUp(): Promise<RunningProcess> {
    const before = project.begun().length;
    const up = start([...embedded.argv("up"), "--yes", "--skip-preview", "--stack", "dev"], {
        cwd: project.folder,
        env: project.env,
    });
    await expect.poll(() => project.begun().length, { interval: 20 }).toBeGreaterThan(before);
    up.child.kill("SIGINT");
    await expect.poll(() => up.output(), { interval: 20 }).toContain("^C received; cancelling.");
    return up;
}
const locks = (): string[] => readdirSync(path.join(project.folder, ".backend/.pulumi/locks/organization/story/dev"));

test("once finishes what was begun, and begins nothing more", async () => {
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

test("twice ends at once, with the operation on record and no lock left", async () => {
    rmSync(path.join(project.folder, "go-on"));
    const up = await interruptedUp();
    up.child.kill("SIGINT");
    const { exit } = await up.ended;
    expect(exit).toBe(130);
    expect(project.state()).toMatch(/"pending_operations":\[\{"resource":\{"urn":"[^"]+::slow"/);
    expect(locks()).toEqual([]);
    project.write("go-on", "");
    const next = await project.up();
    expect(next.text).toContain("interrupted while creating");
    expect(next.exit).toBe(0);
});
