/** Failures around a deployment lose no data, and are reported in one line. */
import { join } from "node:path";
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { engines, type Engine } from "../support/engines";
import { run } from "../support/processes";
import { ThingsProject } from "./thingsProject";

const [embedded] = engines as [Engine];
let project: ThingsProject;
beforeEach(async () => (project = await new ThingsProject(embedded).init()));
afterEach(() => project.remove());

const errorLines = (text: string): string[] => text.split("\n").filter((line) => /^error:|^ {4}error:/.test(line));
const STACK_TRACE = /^\s+at .*:\d+:\d+/m;

test.skipIf(process.platform === "win32")(
    "a state that can no longer be written ends the deployment, and the next run continues",
    { meta: { skipReason: "Windows cannot limit the size of files" } },
    async () => {
        const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        project.program(
            `let made; for (const name of ${JSON.stringify(names)}) ({ made } = new Thing(name, { from: made, text: "x".repeat(20000) }));`,
        );
        // Limits the size of files to one that the state exceeds halfway through.
        const command = [
            "sh",
            "-c",
            'ulimit -f 200; exec "$@"',
            "sh",
            ...embedded.argv("up"),
            "--yes",
            "--skip-preview",
            "--stack",
            "dev",
        ];
        const { exit, text } = await run(command, { cwd: project.folder, env: project.env });
        expect(exit, text).toBe(1);
        expect(errorLines(text)).toEqual([
            expect.stringMatching(
                /^error: the state could not be saved in \S+dev\.json: EFBIG: file too large, write\. .*run the command again: .+\.$/,
            ),
        ]);
        expect(text).not.toMatch(STACK_TRACE);
        expect(readdirSync(join(project.folder, ".backend/.pulumi/locks/organization/story/dev"))).toEqual([]);
        const made = project.things();
        expect(made.length).toBeGreaterThan(1);
        expect(made.length).toBeLessThan(names.length);
        // The resources in the state, and the one pending.
        for (const name of made) expect(project.state()).toMatch(new RegExp(`"urn":"[^"]+::${name}"`));

        const next = await project.up();
        expect(next.exit, next.text).toBe(0);
        expect(new Set(project.things())).toEqual(new Set(names));
        const left = project.things().length - names.length;
        expect(next.text.match(/interrupted while creating/g) ?? []).toHaveLength(left);
    },
);

test("a provider that exits during a call leaves the operation pending, and the next run continues", async () => {
    project.write(
        "provider.js",
        `${project.read("provider.js")}
        const { create } = exports.handler;
        exports.handler.create = async (inputs) => {
            const result = await create(inputs);
            if (inputs.name === "deadly" && !fs.existsSync(__dirname + "/dead")) { fs.writeFileSync(__dirname + "/dead", ""); process.exit(3); }
            return result;
        };`,
    );
    project.program("const deadly = new Thing('deadly'); new Thing('later', { from: deadly.made });");
    const { exit, text } = await project.up();
    expect(exit).toBe(1);
    expect(errorLines(text)).toEqual([
        "    error: update failed",
        "    error: the provider process exited unexpectedly (3). It is not known whether the operation completed. It stays in the state as pending, and the next run says how to resolve it.",
    ]);
    expect(text).not.toMatch(STACK_TRACE);
    expect(project.things()).toEqual(["deadly"]);
    expect(project.state()).toMatch(
        /"pending_operations":\[\{"resource":\{"urn":"[^"]+::deadly".*"type":"creating"\}\]/,
    );

    const next = await project.up();
    expect(next.exit, next.text).toBe(0);
    expect(next.text).toContain("::deadly, interrupted while creating");
    expect(project.things()).toEqual(["deadly", "deadly", "later"]);
});
