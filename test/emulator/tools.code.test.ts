/** The tool that runs code. */
import { existsSync } from "node:fs";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SANDBOXES, works } from "../../emulator/tools/sandbox/findSandbox";
import type { Workspace } from "../../emulator/paths";
import { call, createWorkspace, refusal } from "./workspace";

let hasSandbox: boolean;

beforeAll(async () => {
    hasSandbox = (await Promise.all(SANDBOXES.map(works))).includes(true);
});

function skipWithoutSandbox(): void {
    beforeEach(({ skip }) => skip(!hasSandbox, "no sandbox works on this machine"));
}

interface CodeAnswer {
    result: string[];
    stdout: string[];
    stderr: string[];
    executionError: string | null;
    execution_time: number;
}

async function run(
    workspace: Workspace,
    language: string,
    code: string,
    timeout_s = 20,
): Promise<CodeAnswer & { values: Record<string, unknown>[] }> {
    const answer = JSON.parse(await call(workspace, "run_code", { language, code, timeout_s })) as CodeAnswer;
    return { ...answer, values: answer.result.map((text) => JSON.parse(text) as Record<string, unknown>) };
}

describe("run_code", () => {
    skipWithoutSandbox();

    it("lets JavaScript use any name", async () => {
        const names = [
            "result",
            "code",
            "failed",
            "executionError",
            "inspect",
            "vm",
            "readFileSync",
            "require",
            "module",
        ];
        const code = `${names.map((name, index) => `const ${name} = ${index};`).join(" ")} var process = result; let globalThis; ${names.join(" + ")}`;
        expect(await run(await createWorkspace(), "javascript", code)).toMatchObject({
            executionError: null,
            values: [{ "text/plain": String((names.length * (names.length - 1)) / 2) }],
        });
    });

    it("runs JavaScript and returns its last value", async () => {
        const workspace = await createWorkspace();
        const answer = await run(
            workspace,
            "javascript",
            "console.log('out'); console.error('err'); const data = { value: 21 }; data.value * 2",
        );
        expect(answer).toMatchObject({
            stdout: ["out\n"],
            stderr: ["err\n"],
            executionError: null,
            values: [{ "text/plain": "42", isMainResult: true }],
        });
        expect(
            (
                await run(
                    workspace,
                    "javascript",
                    "const { readdirSync } = require('node:fs'); Promise.resolve(readdirSync('/home'))",
                )
            ).values,
        ).toMatchObject([{ "text/plain": "[]" }]);
        expect(
            await run(workspace, "javascript", "setTimeout(() => console.log('later'), 20); undefined"),
        ).toMatchObject({
            stdout: ["later\n"],
            result: [],
        });
    });

    it("reports synchronous, asynchronous and syntax errors of JavaScript", async () => {
        const workspace = await createWorkspace();
        expect(
            await run(workspace, "javascript", "console.log('before');\nthrow new TypeError('wrong')"),
        ).toMatchObject({
            stdout: ["before\n"],
            executionError: "TypeError: wrong",
        });
        expect(await run(workspace, "javascript", "setTimeout(() => { throw new Error('later') })")).toMatchObject({
            executionError: "Error: later",
        });
        expect(await run(workspace, "javascript", "const = 1")).toMatchObject({
            executionError: expect.stringContaining("SyntaxError") as string,
        });
        expect(await run(workspace, "javascript", "process.exit(3)")).toMatchObject({
            executionError: "process.exit(3)",
        });
    });

    it("kills code at its time limit", async () => {
        const workspace = await createWorkspace();
        expect(await run(workspace, "javascript", "console.log('begun'); for (;;);", 1)).toMatchObject({
            stdout: ["begun\n"],
            executionError: "the code timed out after 1 s",
        });
    });

    it("rejects an unsupported language", async () => {
        expect(await refusal(await createWorkspace(), "run_code", { language: "cobol", code: "" })).toBe(
            'run_code: language "cobol" is not supported. Supported languages: python, javascript',
        );
    });

    // Only what is installed under /usr is shown to sessions.
    const python = it.runIf(["/usr/bin/python3", "/usr/local/bin/python3"].some(existsSync));

    python("runs Python, and its last value is the result", async () => {
        const workspace = await createWorkspace();
        const answer = await run(
            workspace,
            "Python",
            "import sys\nprint('out')\nprint('err', file=sys.stderr)\nx = 6\nx * 7",
        );
        expect(answer).toMatchObject({
            stdout: ["out\n"],
            stderr: ["err\n"],
            executionError: null,
            values: [{ "text/plain": "42", isMainResult: true }],
        });
        expect((await run(workspace, "python", "open('/tmp/f', 'w').write('é'); None")).result).toEqual([]);
        expect(await call(workspace, "read_file", { path: "/tmp/f" })).toBe("é");
        expect((await run(workspace, "python", "# nothing")).executionError).toBeNull();
        expect(
            (await run(workspace, "python", "class Page:\n  def _repr_html_(self): return '<b>x</b>'\nPage()")).values,
        ).toMatchObject([{ "text/html": "<b>x</b>" }]);
    });

    python("shows what Python code displays, before its last value", async () => {
        const code =
            "from IPython.display import display, HTML, JSON\ndisplay(HTML('<h1>x</h1>'), JSON({'a': 1}))\ndisplay('plain')\n1";
        expect((await run(await createWorkspace(), "python", code)).values).toMatchObject([
            { "text/html": "<h1>x</h1>", isMainResult: false },
            { "application/json": { a: 1 } },
            { "text/plain": "'plain'" },
            { "text/plain": "1", isMainResult: true },
        ]);
    });

    python("reports the error of Python that raises, with the lines of its own code", async () => {
        const workspace = await createWorkspace();
        const answer = await run(workspace, "python", "def f():\n    return nope\nf()");
        expect(answer).toMatchObject({ executionError: "NameError: name 'nope' is not defined" });
        expect(answer.stderr.join("")).toMatch(/line 3, in <module>[^]*line 2, in f/);
        expect(await run(workspace, "python", "x = (")).toMatchObject({
            executionError: expect.stringContaining("SyntaxError") as string,
        });
        expect(await run(workspace, "python", "import sys; sys.exit(3)")).toMatchObject({
            executionError: "SystemExit: 3",
        });
        expect(await run(workspace, "python", "import os; os._exit(3)")).toMatchObject({
            executionError: "the code ended the process (exit code 3)",
        });
    });
});
