/** Formats types for readers. Inputs and outputs are not marked, because the section shows which they are. */
import ts from "typescript";

/** Wrappers that describe when a value is known rather than what it is. */
const WRAPPERS = ["Input", "Output", "OutputInstance", "Promise"];

/** The type in Markdown, with links to the types in the reference. */
export function typeText(type: ts.TypeNode, known: ReadonlySet<string>): string {
    const parts = partsOf(type, known);
    // Code spans cannot contain links, so each piece becomes a span or a link of its own.
    return parts
        .map(({ text, link }) => (link ? `[\`${text}\`](#${text.toLowerCase()})` : `\`${text.replace(/\|/g, "\\|")}\``))
        .join("");
}

interface Part {
    text: string;
    link: boolean;
}

const plain = (text: string): Part => ({ text, link: false });

function partsOf(type: ts.TypeNode, known: ReadonlySet<string>): Part[] {
    return joined(pieces(type, known));
}

function pieces(type: ts.TypeNode, known: ReadonlySet<string>): Part[] {
    const inner = (node: ts.TypeNode) => pieces(node, known);
    if (ts.isParenthesizedTypeNode(type)) return inner(type.type);
    if (ts.isArrayTypeNode(type)) {
        const element = inner(type.elementType);
        return element.length > 1 && !ts.isTypeReferenceNode(type.elementType)
            ? [plain("("), ...element, plain(")[]")]
            : [...element, plain("[]")];
    }
    if (ts.isUnionTypeNode(type)) {
        return type.types.flatMap((member, i) => [...(i > 0 ? [plain(" | ")] : []), ...inner(member)]);
    }
    // `string & {}` is any string: TypeScript then completes the constants in the same union. Others are as without `{}`.
    if (ts.isIntersectionTypeNode(type) && type.types[0]) return inner(type.types[0]);
    if (ts.isTypeReferenceNode(type)) {
        const name = type.typeName.getText().replace(/^pulumi\./, "");
        const args = type.typeArguments ?? [];
        const [only] = args;
        if (WRAPPERS.includes(name) && only) return inner(only);
        if (args.length > 0) {
            return [
                plain(`${name}<`),
                ...args.flatMap((arg, i) => [...(i > 0 ? [plain(", ")] : []), ...inner(arg)]),
                plain(">"),
            ];
        }
        return [{ text: name, link: known.has(name) }];
    }
    return [plain(type.getText())];
}

/** Merges adjacent pieces of plain text. */
function joined(parts: Part[]): Part[] {
    return parts.reduce<Part[]>((all, part) => {
        const last = all.at(-1);
        if (last && !last.link && !part.link) last.text += part.text;
        else all.push({ ...part });
        return all;
    }, []);
}
