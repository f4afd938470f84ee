/** The help of every command is written in one style. */
import { describe, expect, test } from "vitest";
import { EXAMPLES } from "../../cli/examples";
import { root } from "../support/engines";
import { commandList } from "../support/help";
import { unknownWord } from "../docs/commands";
import { runInProcess } from "./inProcess";

const help = async (...command: string[]): Promise<string> =>
    (await runInProcess([...command, "--help"], { cwd: root, env: process.env })).stdout;

/** The descriptions in the lists of arguments, options and commands. */
const descriptions = (text: string): string[] =>
    [...text.matchAll(/^ {2}\S.*? {2,}(\S.*)$/gm)].map(([, description = ""]) => description);
const subcommands = (text: string): string[] =>
    [...(commandList(text) ?? "").matchAll(/^ {2}([a-z-]+)/gm)]
        .map(([, name = ""]) => name)
        .filter((name) => name !== "help");

/** Subcommands that no stack concerns. */
const WITHOUT_STACK = ["new", "local", "whoami", "version", "gen-completion"];

describe("the help", async () => {
    test("groups all commands, and ends with examples for each that takes arguments", async () => {
        const text = await help();
        expect([...text.matchAll(/^([\w ]+):$/gm)].map(([, heading]) => heading)).toEqual([
            "Options",
            "Deployment commands",
            "Stack commands",
            "AGB commands",
            "Other commands",
            "Examples",
        ]);
        const known = subcommands(text);
        expect(Object.keys(EXAMPLES).filter((name) => name !== "" && !known.includes(name))).toEqual([]);
        expect(known.filter((name) => !(name in EXAMPLES))).toEqual(["whoami", "version"]);
    });

    test("shows only examples that exist", async () => {
        for (const [name, examples] of Object.entries(EXAMPLES)) {
            const text = await help(...(name === "" ? [] : [name]));
            for (const [line] of examples) {
                expect(text).toContain(`  npx pulumi-agb ${line}  `);
                expect(await unknownWord(line.split(" ")), line).toBeUndefined();
            }
        }
    });

    describe.each(subcommands(await help()))("of %s", async (name) => {
        const text = await help(name);
        const all = [text];
        for (const nested of subcommands(text)) all.push(await help(name, nested));

        test("describes everything with a capital letter, no final full stop and no empty defaults", () => {
            const found = all.flatMap(descriptions);
            expect(found.length).toBeGreaterThan(0);
            expect(found.filter((description) => !/^[A-Z].*[^.]$/.test(description))).toEqual([]);
            expect(found.filter((description) => /\(default: (\[\]|"")\)/.test(description))).toEqual([]);
        });

        test("lists --stack, unless no stack concerns the command", () => {
            const withoutIt = all.filter((page) => !/^ {2}-s, --stack <name> /m.test(page));
            expect(withoutIt).toHaveLength(WITHOUT_STACK.includes(name) ? all.length : 0);
        });
    });
});
