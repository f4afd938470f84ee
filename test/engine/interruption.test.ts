/** ^C: what is in flight is finished and saved, the lock is given back, and the next run goes on. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engines, type Engine } from "../support/engines";
import { ThingsProject } from "./thingsProject";

const [embedded] = engines as [Engine];
let project: ThingsProject;
beforeAll(async () => {
    project = await new ThingsProject(embedded).init();
    project.program("const slow = new Thing('slow', { nap: 2500 }); new Thing('later', { from: slow.made });");
});
afterAll(() => project.remove());

/** The exit status of an `up` that gets ^C when the slow thing has begun. */
function interruptedUp(times: number): Promise<{ exit: number | null; text: string }> {
    const [file = "", ...args] = embedded.argv("up");
    const child = spawn(file, [...args, "--yes", "--skip-preview", "--stack", "dev"], {
        cwd: project.folder,
        env: project.env,
        stdio: ["ignore", "pipe", "pipe"],
    });
    const begun = project.begun().length;
    let text = "";
    let sent = 0;
    const timer = setInterval(() => {
        const due =
            sent === 0 ? project.begun().length > begun : sent === 1 && times === 2 && text.includes("^C received");
        if (due) {
            sent += 1;
            child.kill("SIGINT");
        }
    }, 20);
    const read = (part: Buffer): void => void (text += part.toString());
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    return new Promise((resolve) =>
        child.on("close", (exit) => {
            clearInterval(timer);
            resolve({ exit, text });
        }),
    );
}
const locks = (): string[] => readdirSync(path.join(project.folder, ".backend/.pulumi/locks/organization/story/dev"));

test("once finishes what was begun, and begins nothing more", async () => {
    const { exit, text } = await interruptedUp(1);
    expect(exit).toBe(1);
    expect(text).toContain("^C received; cancelling.");
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
    const { exit } = await interruptedUp(2);
    expect(exit).toBe(130);
    expect(project.state()).toMatch(/"pending_operations":\[\{"resource":\{"urn":"[^"]+::slow"/);
    expect(locks()).toEqual([]);
    const next = await project.up();
    expect(next.text).toContain("interrupted while creating");
    expect(next.exit).toBe(0);
});
