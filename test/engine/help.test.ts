/** The help of every command is written in one style. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const help = (...command: string[]): string =>
    spawnSync(process.execPath, [join(__dirname, "../../dist/cli/main.js"), ...command, "--help"], {
        encoding: "utf8",
        env: { ...process.env, COLUMNS: "400" },
    }).stdout;

/** The descriptions in the lists of arguments, options and commands. */
const descriptions = (text: string): string[] =>
    [...text.matchAll(/^ {2}\S.*? {2,}(\S.*)$/gm)].map(([, description = ""]) => description);
const subcommands = (text: string): string[] =>
    [...(text.split("Commands:")[1] ?? "").matchAll(/^ {2}([a-z]+)/gm)]
        .map(([, name = ""]) => name)
        .filter((name) => name !== "help");

describe.each(subcommands(help()))("the help of %s", (name) => {
    const text = help(name);
    const all = [text, ...subcommands(text).map((nested) => help(name, nested))];

    test("describes everything with a capital letter, no final full stop and no empty defaults", () => {
        const found = all.flatMap(descriptions);
        expect(found.length).toBeGreaterThan(1);
        expect(found.filter((description) => !/^[A-Z].*[^.]$/.test(description))).toEqual([]);
        expect(found.filter((description) => /\(default: (\[\]|"")\)/.test(description))).toEqual([]);
    });
});
