/** Every command on the pages of documentation exists, with every option that they show. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../scripts/reference/package";
import { allCommands, commandLinesOf, unknownWord, type CommandLine } from "./commands";
import { pages } from "./sources";

/** What only the `pulumi` command has. `pulumi-agb` follows it in everything else. */
const ONLY_PULUMI = [/^login\b/, /^import --file\b/, /^up --verbose 9 --logtostderr$/, /^up --run-program$/];

const calls = pages().flatMap(commandLinesOf);

const problem = async ({ program, words }: CommandLine): Promise<string | undefined> => {
    if (program === "npm") {
        const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
        const script = words[0] === "run" ? words.filter((word) => !word.startsWith("-"))[1] : undefined;
        return script === undefined || script in scripts ? undefined : script;
    }
    if (program === "pulumi" && ONLY_PULUMI.some((call) => call.test(words.join(" ")))) return undefined;
    return unknownWord(words);
};

it("every command of a page exists, with its options", async () => {
    expect(calls.length).toBeGreaterThan(100);
    const found: string[] = [];
    for (const call of calls) {
        const word = await problem(call);
        if (word !== undefined) found.push(`${call.where}: ${call.program} ${call.words.join(" ")}: "${word}"`);
    }
    expect([...new Set(found)]).toEqual([]);
});

it("a wrong command or option is found", async () => {
    expect(await unknownWord(["up", "--stack", "dev", "--yess"])).toBe("--yess");
    expect(await unknownWord(["config", "set", "--secret", "agb:apiKey"])).toBeUndefined();
    expect(await unknownWord(["uq"])).toBe("uq");
    expect(await unknownWord(["config", "sett", "a", "b"])).toBe("sett");
    expect(await unknownWord(["config", "set", "--upload"])).toBe("--upload");
});

it("cli.md lists every command", async () => {
    const [, table = ""] = /^## Commands\n(.*?)^## /ms.exec(readFileSync(join(root, "docs", "cli.md"), "utf8")) ?? [];
    const rows = table.split("\n").filter((row) => row.startsWith("| `"));
    const isListed = (command: string): boolean => {
        const [name = "", nested = name] = command.split(" ");
        return rows.some((row) => row.includes(`\`${name}`) && new RegExp(`[\` ]${nested}[\` ]`).test(row));
    };
    const commands = await allCommands();
    expect(commands).toEqual(expect.arrayContaining(["up", "config set", "session release"]));
    expect(commands.filter((command) => !isListed(command))).toEqual([]);
});

it("Getting started shows the commands that `new` prints", () => {
    const printed = [...readFileSync(join(root, "cli", "new.ts"), "utf8").matchAll(/" {4}(npx [^"]+)"/g)];
    const guide = readFileSync(join(root, "docs", "getting-started.md"), "utf8");
    expect(printed.length).toBeGreaterThan(2);
    for (const [, command = ""] of printed) expect(guide).toContain(`\n${command}\n`);
});
