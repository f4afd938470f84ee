/** The command lines in shell blocks and in the text of the pages, and the help of `pulumi-agb` that describes them. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { root } from "../../scripts/reference/package";
import { runInProcess } from "../engine/inProcess";
import { commandList } from "../support/help";
import { blocksOf } from "./blocks";

export interface CommandLine {
    where: string;
    program: "pulumi-agb" | "pulumi" | "npm";
    words: string[];
}

const CALL = /(?:^|[\s(])(?:npx )?(pulumi-agb|pulumi|npm) (.+)$/;

/** The calls of a page: every line of its shell blocks, and code in its text that is a call with arguments. */
export function commandLinesOf(file: string): CommandLine[] {
    const fromBlocks = blocksOf(file).flatMap(({ language, where, text }) => {
        if (language === "console") return shellCalls(where, /^\$ (.*)$/m.exec(text)?.[1] ?? "");
        return language === "sh" ? shellCalls(where, text) : [];
    });
    const prose = readFileSync(file, "utf8").replaceAll(/^ *```.*?^ *```$/gms, "");
    const fromText = [...prose.matchAll(/`((?:npx pulumi-agb|pulumi) [a-z][^`]*)`/g)].flatMap(([, code = ""]) =>
        shellCalls(relative(root, file), code.replaceAll("\n", " ")),
    );
    return [...fromBlocks, ...fromText];
}

function shellCalls(where: string, script: string): CommandLine[] {
    return script.split(/\n|&&|;/).flatMap((line) => {
        // Without comments, redirections, the `&` of a background job, and the end of a quoted script.
        const [, program, rest = ""] = CALL.exec(line.replace(/(?:^|\s)[#<>&].*$|' EXIT$/, "")) ?? [];
        const words = rest.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
        return program === undefined ? [] : [{ where, program: program as CommandLine["program"], words }];
    });
}

const helpTexts = new Map<string, Promise<string>>();

/** The help of a command, such as `config set`. */
function help(command: string[]): Promise<string> {
    const key = command.join(" ");
    let text = helpTexts.get(key);
    if (text === undefined) {
        text = runInProcess([...command, "--help"], { cwd: root, env: process.env }).then(({ stdout }) => stdout);
        helpTexts.set(key, text);
    }
    return text;
}

/** Every command, and those nested in it, such as `config set`. */
export async function allCommands(parent: string[] = []): Promise<string[]> {
    const list = commandList(await help(parent)) ?? "";
    const all: string[] = [];
    for (const [, name = ""] of list.matchAll(/^ {2}([a-z-]+)/gm)) {
        if (name !== "help") all.push([...parent, name].join(" "), ...(await allCommands([...parent, name])));
    }
    return all;
}

/** The first word in a call of `pulumi-agb` that its help does not list: a command or an option. */
export async function unknownWord(words: string[]): Promise<string | undefined> {
    const command: string[] = [];
    let text = await help(command);
    let isValue = false;
    for (const word of words) {
        // What follows is the command of a session.
        if (word === "--") return undefined;
        const commands = commandList(text);
        if (isValue) {
            isValue = false;
        } else if (word.startsWith("-")) {
            if (!new RegExp(`^ {2}(?:-\\w, )?${word}[ ,]`, "m").test(text)) return word;
            isValue = new RegExp(`^ {2}(?:-\\w, )?${word} <`, "m").test(text);
        } else if (commands !== undefined) {
            if (!new RegExp(`^ {2}(?:[\\w-]+\\|)?${word}[ |]`, "m").test(commands)) return word;
            command.push(word);
            text = await help(command);
        }
    }
    return undefined;
}
