/** Doc comments, taken apart. */
import ts from "typescript";

export interface Doc {
    /** What comes before the first tag, `{@link X}` as written. */
    text: string;
    /** `@param` by name. */
    params: Record<string, string>;
    /** `@default`, `@env` and other tags that have one value. */
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

const textOf = ({ comment }: ts.JSDoc | ts.JSDocTag): string => (ts.getTextOfJSDocComment(comment) ?? "").trim();
