/** What the command says about bad input. */
import { mkdirSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../support/engines";
import { InProcessProject, runInProcess } from "./inProcess";

describe("bad input prints one clear line, and exits with status 1:", () => {
    let project: InProcessProject;
    beforeAll(async () => {
        project = await new InProcessProject().init();
        project.program("new Thing('a');");
    });
    afterAll(() => {
        expect(project.things()).toEqual([]);
        project.remove();
    });
    const refusal = async (
        change: { env?: NodeJS.ProcessEnv; command?: string[]; cwd?: string } = {},
    ): Promise<string> => {
        const { command = ["up", "--yes", "--skip-preview", "--stack", "dev"] } = change;
        const cwd = change.cwd ?? project.folder;
        const { exit, text } = await runInProcess(command, {
            cwd,
            env: definedOnly({ ...project.env, ...change.env }),
        });
        expect(exit).toBe(1);
        expect(text).toMatch(/^error: [^\n]+\n$/);
        return text;
    };

    test("a wrong or missing passphrase", async () => {
        expect(await refusal({ env: { PULUMI_CONFIG_PASSPHRASE: "wrong" } })).toContain("incorrect passphrase");
        expect(await refusal({ env: { PULUMI_CONFIG_PASSPHRASE: undefined } })).toContain("PULUMI_CONFIG_PASSPHRASE");
    });

    test("an unsupported or missing backend", async () => {
        expect(await refusal({ env: { PULUMI_BACKEND_URL: "https://api.pulumi.com" } })).toContain(
            "the backend https://api.pulumi.com is not supported",
        );
        expect(await refusal({ env: { PULUMI_BACKEND_URL: "file:///nowhere/at/all" } })).toContain("/nowhere/at/all");
    });

    test("a missing project", async () => {
        const empty = join(project.folder, "../no-project-here");
        mkdirSync(empty, { recursive: true });
        expect(await refusal({ cwd: empty })).toContain("no Pulumi.yaml project file found");
        expect(await refusal({ command: ["up", "--yes", "--stack", "dev", "--cwd", empty] })).toContain(
            "no Pulumi.yaml project file found",
        );
        rmSync(empty, { recursive: true });
    });

    test("config without a value, an invalid stack name, and an unknown option", async () => {
        expect(await refusal({ command: ["up", "--yes", "--stack", "dev", "--config", "kind"] })).toContain(
            '--config "kind" is not valid. Use KEY=VALUE.',
        );
        expect(await refusal({ command: ["up", "--yes", "--stack", "a b"] })).toContain(
            '"a b" is not a valid stack name',
        );
        expect(await refusal({ command: ["up", "--nonsense"] })).toContain("unknown option '--nonsense'");
        expect(await refusal({ command: ["upp"] })).toContain("unknown command 'upp'");
    });

    test("a missing file of the program, and a missing SDK", async () => {
        const yaml = project.read("Pulumi.yaml");
        project.write("Pulumi.yaml", `${yaml}main: src/gone.js\n`);
        expect(await refusal()).toContain("`main: src/gone.js`, but ");
        project.write("Pulumi.yaml", yaml);
        const modules = join(project.folder, "node_modules");
        unlinkSync(modules);
        expect(await refusal()).toContain("npm install @pulumi/pulumi");
        symlinkSync(join(root, "node_modules"), modules);
    });

    test.each([["destroy"], ["refresh"], ["up", "--refresh"]])(
        "%s with --run-program, which up without --refresh accepts",
        async (...command) => {
            const reason =
                /^error: the embedded engine does not support (\S+) with `.*`: it refreshes and destroys with the configuration of the last `up`\. .*\n$/;
            const text = await refusal({ command: [...command, "--yes", "--stack", "dev", "--run-program"] });
            expect(reason.exec(text)?.[1]).toBe("--run-program");
            const env = { PULUMI_RUN_PROGRAM: "true" };
            const other = await refusal({ command: [...command, "--yes", "--stack", "dev"], env });
            expect(reason.exec(other)?.[1]).toBe("PULUMI_RUN_PROGRAM");
        },
    );

    test("refresh that both keeps and clears pending creations", async () => {
        const flags = ["--clear-pending-creates", "--skip-pending-creates"];
        expect(await refusal({ command: ["refresh", "--yes", "--stack", "dev", ...flags] })).toContain(
            "'--skip-pending-creates' cannot be used with option '--clear-pending-creates'",
        );
    });
});

/** An environment without the variables that a test has unset. */
function definedOnly(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
