/** The messages in the sources that users can see. */
import { readFileSync } from "node:fs";
import ts from "typescript";

/** A text in pieces, with a value between each two of them. */
export type Message = string[];

/** Texts with fewer words are names, keys and the like. */
const WORDS = 2;
/** A folder of macOS. */
const NOT_SHOWN = ["Application Support"];

/** What runs in a session, and is shown to no one. */
const SCRIPTS = "handlers/command/script.ts";

/** Every text in a source that contains several words: errors, warnings, advice and parts of them. */
export function messagesOf(file: string): Message[] {
    if (file.endsWith(SCRIPTS)) return [];
    const found: Message[] = [];
    const visit = (node: ts.Node): void => {
        if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
        const pieces = piecesOf(node);
        if (pieces && isShown(pieces.join(""))) found.push(pieces);
        valuesIn(node).forEach(visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true));
    return found;
}

const isShown = (text: string): boolean =>
    text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length >= WORDS && !NOT_SHOWN.includes(text);

/** A literal, a template, or several of them joined with `+`. */
function piecesOf(node: ts.Node): Message | undefined {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
    if (ts.isTemplateExpression(node)) {
        return [
            node.head.text,
            ...node.templateSpans.flatMap(({ expression, literal }) => [...commandIn(expression), literal.text]),
        ];
    }
    if (ts.isParenthesizedExpression(node)) return piecesOf(node.expression);
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
    const left = piecesOf(node.left);
    const right = piecesOf(node.right);
    if (!left && !right) return undefined;
    const before = left ?? ["", ""];
    const after = right ?? ["", ""];
    return [...before.slice(0, -1), `${before.at(-1) ?? ""}${after[0] ?? ""}`, ...after.slice(1)];
}

/** What a call of `commandLine` shows between the name of the command and the option of the stack. */
function commandIn(node: ts.Expression): Message {
    if (!ts.isCallExpression(node) || node.expression.getText() !== "commandLine") return [];
    const [command] = node.arguments;
    return (command && piecesOf(command)) ?? [];
}

/** The texts that an expression can have: both of a condition, or of `??`. */
export function textsOf(node: ts.Expression): Message[] {
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(textsOf);
    if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
        return [node.left, node.right].flatMap(textsOf);
    }
    const pieces = piecesOf(node);
    return pieces ? [pieces] : [];
}

/** The children to visit: the values in a text, or all children of any other node. */
function valuesIn(node: ts.Node): ts.Node[] {
    if (ts.isTemplateExpression(node)) return node.templateSpans.map((span) => span.expression);
    if (piecesOf(node) && ts.isBinaryExpression(node)) {
        return [node.left, node.right].flatMap((side) => (piecesOf(side) ? valuesIn(side) : [side]));
    }
    if (piecesOf(node) && ts.isParenthesizedExpression(node)) return valuesIn(node.expression);
    const inner: ts.Node[] = [];
    ts.forEachChild(node, (child) => void inner.push(child));
    return inner;
}

/** Whether a line matches the message, with any text in place of its values. */
export function shows(line: string, message: Message): boolean {
    return new RegExp(message.map((piece) => piece.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*?")).test(
        line,
    );
}
