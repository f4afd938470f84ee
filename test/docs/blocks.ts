/** The code blocks of the pages of documentation. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../../scripts/reference/package";

export interface Block {
    /** File and line, for messages. */
    where: string;
    /** The word after the fence, or nothing. */
    language: string;
    text: string;
    /** The heading of its section. */
    heading: string;
}

/** All code blocks of a page, without the indentation of those in lists. */
export function blocksOf(file: string): Block[] {
    const page = readFileSync(file, "utf8");
    return [...page.matchAll(/^( *)```([\w-]*)\n(.*?)^\1```$/gms)].map(
        ({ index, 1: indent = "", 2: language = "", 3: text = "" }) => {
            const before = page.slice(0, index);
            return {
                where: `${relative(root, file)}:${before.split("\n").length}`,
                language,
                text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
                heading: [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? "",
            };
        },
    );
}

/** The only block of a language in a section of a page of docs/. */
export function blockOf(page: string, heading: string, language: string): string {
    const found = blocksOf(join(root, "docs", page)).filter(
        (block) => block.heading === heading && block.language === language,
    );
    const [block] = found;
    if (block === undefined || found.length > 1) {
        throw new Error(`docs/${page} has ${found.length} blocks of ${language} below "${heading}", not one`);
    }
    return block.text;
}
