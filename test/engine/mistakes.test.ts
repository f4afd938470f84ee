/** Mistakes at the command line and in a program: one message that says what is wrong, where, and what to do. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "../support/processes";
import { InProcessProject, runInProcess } from "./inProcess";

let project: InProcessProject;
beforeAll(async () => {
    project = await new InProcessProject().init();
    project.program('new Thing("first");');
    expect((await project.up()).exit).toBe(0);
});
afterAll(() => project.remove());

const command = (line: string, env: NodeJS.ProcessEnv = {}) =>
    runInProcess(line.split(" "), { cwd: project.folder, env: { ...project.env, ...env } });

describe("one line explains", () => {
    test.each([
        ["a bad stack name", "preview --stack a*b", /^error: "a\*b" is not a valid stack name\. Use up to 100 letters/],
        ["an unknown option", "up --yess", /^error: unknown option '--yess' \(Did you mean --yes\?\)\n$/],
        [
            "a stack without its option",
            "up dev",
            /^error: too many arguments for 'up'\. .+ Name the stack with --stack\.\n$/,
        ],
        ["an unknown command", "destory", /^error: unknown command 'destory' \(Did you mean destroy\?\)\n$/],
        ["an unknown subcommand", "config sett a b", /^error: unknown command 'sett' \(Did you mean set\?\)\n$/],
        [
            "a stack to destroy that does not exist",
            "destroy --stack prod",
            /^error: no stack named 'prod' found\. The project has these stacks: dev\.\n$/,
        ],
        [
            "an output that does not exist",
            "output none",
            /^error: current stack does not have output property 'none'\n$/,
        ],
        ["a key that is not set", "config get none", /^error: configuration key 'none' not found for stack 'dev'\n$/],
    ])("%s", async (_, line, message) => {
        expect((await command(line)).text).toMatch(message);
    });

    test.each([
        [
            "a forgotten passphrase",
            { PULUMI_CONFIG_PASSPHRASE: undefined },
            /^error: the passphrase for the secrets of stack 'dev' is missing\. Set PULUMI_CONFIG_PASSPHRASE, or set PULUMI_CONFIG_PASSPHRASE_FILE to a file that contains it\.\n$/,
        ],
        [
            "a wrong passphrase",
            { PULUMI_CONFIG_PASSPHRASE: "another" },
            /^error: incorrect passphrase for stack 'dev': set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase with which the stack was created\.\n$/,
        ],
    ])("%s", async (_, env, message) => {
        const { exit, text } = await command("up --yes", env);
        expect(text).toMatch(message);
        expect(exit).toBe(1);
    });
});

describe("a stack that is not selected", () => {
    beforeAll(async () => {
        await command("stack init other");
        await command("stack select dev");
    });
    const advice = ({ text }: Run) => /`npx pulumi-agb ([^`]+)`/.exec(text)?.[1] ?? "";

    test("is named by the commands that messages advise, which work", async () => {
        const remove = advice(await command("config set agb:region x --stack other"));
        expect(remove).toBe("config rm agb:region --stack other");
        expect(await command(remove)).toMatchObject({ exit: 0, text: "" });
        expect((await command("config get agb:region --stack other")).exit).toBe(1);

        const shown = advice(await command("state unprotect none --yes --stack other"));
        expect(shown).toBe("stack export --stack other");
        expect((await command(shown)).exit).toBe(0);
    });

    test("is not named once `up` has selected it, nor is the selected one", async () => {
        const up = async (stack: string) => advice(await command(`up --yes --stack ${stack}`));
        project.program('new Thing("kept", {}, { protect: true });');
        await command("up --yes --skip-preview --stack other");
        project.program("");
        expect(await up("other")).toBe("up");
        await command("stack select dev");
        expect(await up("other")).toBe("up");
    });
});

describe("a program that cannot run", () => {
    const typescript = (text: string) => {
        project.write("Pulumi.yaml", "name: story\nruntime: nodejs\n");
        project.write("package.json", '{ "name": "story", "main": "index.ts" }\n');
        project.write(
            "tsconfig.json",
            '{ "compilerOptions": { "target": "ES2022", "module": "node16", "types": ["node"], "strict": true, "noEmit": true } }\n',
        );
        project.write("index.ts", text);
        return command("preview", { PULUMI_NODEJS_TRANSPILE_ONLY: undefined });
    };

    test.each([
        [
            "a type error",
            'export const count: number = "one";',
            /index\.ts\(1,14\): error TS2322: Type 'string' is not/,
        ],
        ["a syntax error", "const x = (;", /index\.ts\(1,12\): error TS1109: Expression expected\./],
        ["a missing module", 'import "./none";\nexport {};', /index\.ts\(1,8\): error TS2882: .*'\.\/none'/],
        [
            "an exception",
            '\nthrow new Error("broken");',
            /Error: broken\n {8}at Object\.<anonymous> \(.*index\.ts:2:7\)\n\n/,
        ],
    ])("reports %s with its place, and nothing of the runner", async (_, text, message) => {
        const { exit, text: shown } = await typescript(text);
        expect(shown).toMatch(message);
        expect(shown).not.toMatch(/node_modules|dist\//);
        expect(exit).toBe(1);
    });
});
