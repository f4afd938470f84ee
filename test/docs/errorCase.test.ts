/** Errors of the embedded command line read like Pulumi's own: `error: no stack named 'dev' found`. */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root } from "../../scripts/reference/package";
import { shows, textsOf, type Message } from "./messages";
import { sources } from "./sources";

/** First words that are always capitalized. */
const NAMES = /^(?:AGB|Node|Pulumi|TypeScript|URNs?)\b/;
/** Commander appends its text to a sentence of its own. */
const CONTINUES_A_SENTENCE = "InvalidArgumentError";

const folder = join(root, "test/engine/recordings/recordings");
const recorded = readdirSync(folder).flatMap((file) =>
    textsIn(JSON.parse(readFileSync(join(folder, file), "utf8")) as unknown),
);

function textsIn(value: unknown): string[] {
    if (typeof value === "string") return [value];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The texts that a source throws or reports as errors. */
function errorsOf(file: string): Message[] {
    const found: Message[] = [];
    const visit = (node: ts.Node): void => {
        if (ts.isNewExpression(node)) {
            const name = node.expression.getText();
            const [text] = node.arguments ?? [];
            if (/(?:Error|Gone)$/.test(name) && name !== CONTINUES_A_SENTENCE && text) found.push(...textsOf(text));
        } else if (ts.isCallExpression(node) && /(?:^|\.)(?:error|reject)$/.test(node.expression.getText())) {
            found.push(...node.arguments.flatMap(textsOf));
        }
        ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true));
    return found;
}

it("an error begins in lower case, unless with a name or as Pulumi words it", () => {
    const errors = sources("cli", "engine").flatMap((file) =>
        errorsOf(file).map((message) => ({ file: relative(root, file), message })),
    );
    expect(errors.length).toBeGreaterThan(100);
    const capitalized = errors.filter(({ message: [start = ""] }) => /^\p{Lu}/u.test(start) && !NAMES.test(start));
    const own = capitalized.filter(({ message }) => !recorded.some((text) => shows(text, message)));
    expect(own.map(({ file, message }) => `${file}: ${message.join("…")}`)).toEqual([]);
});
