/** Reads the help of a command. */

/** The lines of its lists of commands, under whatever headings. Undefined if it has none. */
export function commandList(help: string): string | undefined {
    const lists = [...help.matchAll(/^(?:[\w ]+ c|C)ommands:\n((?: .*\n)*)/gm)].map(([, lines = ""]) => lines);
    return lists.length > 0 ? lists.join("") : undefined;
}
