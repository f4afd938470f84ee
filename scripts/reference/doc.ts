/** Parses doc comments. */
import ts from "typescript";

export interface Doc {
    /** The text before the first tag, with `{@link X}` unchanged. */
    text: string;
    /** `@param` by name. */
    params: Record<string, string>;
    /** `@default`, `@env` and other tags with a single value. */
    tags: Record<string, string>;
    throws: string[];
    examples: string[];
}

export function docOf(node: ts.Node): Doc {
    const doc: Doc = { text: "", params: {}, tags: {}, throws: [], examples: [] };
    for (const part of ts.getJSDocCommentsAndTags(node)) {
        if (ts.isJSDoc(part)) {
            doc.text = textOf(part);
            for (const tag of part.tags ?? []) read(tag, doc);
        }
    }
    return doc;
}

function read(tag: ts.JSDocTag, doc: Doc): void {
    const name = tag.tagName.text;
    if (ts.isJSDocParameterTag(tag)) doc.params[tag.name.getText()] = textOf(tag);
    else if (name === "throws") doc.throws.push(textOf(tag));
    else if (name === "example") doc.examples.push(textOf(tag));
    else doc.tags[name] = textOf(tag);
}

/** The text of a comment. Within it, `*` and `/` of a pattern are separated by a backslash, because together they end the comment. */
const textOf = ({ comment }: ts.JSDoc | ts.JSDocTag): string =>
    (ts.getTextOfJSDocComment(comment) ?? "").trim().replaceAll("*\\/", "*/");
