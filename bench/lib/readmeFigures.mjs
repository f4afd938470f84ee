/** The three figures of the README that matter most to users. */
import { short } from "./report.mjs";

const [BEGIN, END] = ["<!-- figures -->", "<!-- /figures -->"];

const FIGURES = [
    {
        benchmark: "workflow",
        against: "official Python SDK",
        what: "syncs of 1 s",
        sentence: (ratio) =>
            `Creating a session, writing 1 MB, releasing it and reading the data in a new session takes ${ratio} times as long as with the official Python SDK, if a sync takes 1 s.`,
    },
    {
        benchmark: "noop",
        against: "textbook provider",
        what: "200 resources, embedded engine",
        sentence: (ratio) =>
            `An \`up\` of 200 unchanged resources uses ${ratio} times the CPU time of a dynamic provider written as in Pulumi's guide.`,
    },
    {
        benchmark: "engine",
        against: "pulumi command",
        what: "no changes, CPU",
        sentence: (ratio) =>
            `An \`up\` of the unchanged quickstart uses ${ratio} times the CPU time with the embedded engine as with the \`pulumi\` command.`,
    },
];

/** The README with the figures of a store between its markers. A figure that was not measured is left out. */
export function readmeFigures({ benchmarks }, readme) {
    const [before, rest = ""] = readme.split(BEGIN);
    const [, after = ""] = rest.split(END);
    const lines = FIGURES.flatMap(({ benchmark, against, what, sentence }) => {
        const rows = benchmarks.find(({ name }) => name === benchmark)?.rows ?? [];
        const row = rows.find((each) => each.against === against && each.what === what);
        return row ? [wrapped(sentence(short(row.ratio.median)))] : [];
    });
    return `${before}${BEGIN}\n\n${lines.join("\n")}\n\n${END}${after}`;
}

/** A list item with lines of at most 100 characters. */
function wrapped(sentence) {
    const lines = [""];
    for (const word of sentence.split(" ")) {
        if (`${lines.at(-1)} ${word}`.length > 98) lines.push(word);
        else lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
    }
    return `- ${lines.join("\n  ")}`;
}
