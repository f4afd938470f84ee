/** Every code block of the guides is checked by some test, and the messages that guides quote exist. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../scripts/reference/package";
import { blocksOf } from "./blocks";
import { unknownWord } from "./commands";
import { messagesOf, shows } from "./messages";
import { pages, provider, sources } from "./sources";

const blocks = pages().flatMap(blocksOf);
const inLanguage = (name: string) => blocks.filter(({ language }) => language === name);

/**
 * How each language is checked: `ts` in snippets.test.ts, `sh` and `console` in commands.test.ts, `js` in guides.test.ts,
 * `json`, `python`, `ini` and `dockerfile` here, `text` in errors.test.ts, reference.test.ts and here.
 */
const CHECKED = ["ts", "typescript", "js", "sh", "console", "json", "python", "ini", "dockerfile", "text"];
/** Diagrams on the pages for those who change the package. */
const DIAGRAMS = ["mermaid", ""];

it("every block has a language that a test checks", () => {
    const others = blocks.filter(({ language }) => ![...CHECKED, ...DIAGRAMS].includes(language));
    expect(others.map(({ where }) => where)).toEqual([]);
    expect(inLanguage("js").map(({ heading }) => heading)).toEqual(["Fail or report"]);
});

it("units and Dockerfiles start commands that exist, with their options", async () => {
    const lines = [
        ...inLanguage("ini").map(({ text }) => /^ExecStart=.*?npx pulumi-agb (.*)$/m.exec(text)?.[1]?.split(" ")),
        ...inLanguage("dockerfile").map(({ text }) =>
            (JSON.parse(/^CMD (.*)$/m.exec(text)?.[1] ?? "[]") as string[]).slice(2),
        ),
    ];
    expect(lines.length).toBeGreaterThan(1);
    for (const words of lines) {
        expect(words?.[0]).toBe("keep");
        expect(await unknownWord(words ?? [])).toBeUndefined();
    }
});

it("JSON is valid", () => {
    expect(inLanguage("json").length).toBeGreaterThan(1);
    for (const { text, where } of inLanguage("json")) expect(() => void JSON.parse(text), where).not.toThrow();
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;
it.skipIf(!hasPython)("Python is valid", { meta: { skipReason: "Python is not installed" } }, () => {
    expect(inLanguage("python").length).toBeGreaterThan(1);
    for (const { text, where } of inLanguage("python")) {
        const { stderr } = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
            input: text,
        });
        expect(stderr.toString(), where).toBe("");
    }
});

it("messages in blocks are messages of the provider", () => {
    const messages = provider().flatMap(messagesOf);
    const quoted = inLanguage("text")
        .flatMap(({ text }) => text.split("\n"))
        .filter((line) => /^(?:warning: )?(?:Session|Context) "/.test(line));
    expect(quoted.length).toBeGreaterThan(50);
    expect(quoted.filter((line) => !messages.some((message) => shows(line, message)))).toEqual([]);
});

it("messages in tables of Troubleshooting are in the sources", () => {
    const page = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8");
    const quoted = [...page.matchAll(/^\| `([^`]+ [^`]+)` +\|/gm)].map(([, message = ""]) => message);
    const texts = sources().map((file) => readFileSync(file, "utf8"));
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((message) => !texts.some((text) => text.includes(message)))).toEqual([]);
});
