/** Every example in a doc comment or on a page compiles strictly against the package. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { docOf } from "../../scripts/reference/doc";
import { compilerOptions, root } from "../../scripts/reference/package";
import { blocksOf } from "./blocks";
import { pages, provider, sources } from "./sources";

/** Declarations that examples may rely on. */
const SURROUNDINGS = `
declare const context: import("pulumi-agb").Context;
declare const session: import("pulumi-agb").Session;
declare const sessionId: string;
declare const client: import("pulumi-agb/client").AgbClient;
declare const storage: import("@pulumi/pulumi").StackReference;
/** Values that the user supplies. */
declare const release: string, team: string;
`;
/** Default imports for examples without their own. */
const IMPORTS = { agb: "pulumi-agb", pulumi: "@pulumi/pulumi" };

interface Snippet {
    where: string;
    text: string;
}

function examplesOf(file: string): Snippet[] {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    const found: Snippet[] = [];
    const visit = (node: ts.Node): void => {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
        found.push(...docOf(node).examples.map((text) => ({ where: `${relative(root, file)}:${line + 1}`, text })));
        ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
}

/** The parts of a policy in the table of files.md, with empty lists where it leaves them out. */
function policiesOf(file: string): Snippet[] {
    const [, table = ""] = /^## Choose what is synced\n(.*?)^## /ms.exec(readFileSync(file, "utf8")) ?? [];
    return [...table.matchAll(/^\|.*\| `(.+)` +\|$/gm)].map(([, part = ""]) => ({
        where: relative(root, file),
        text: `export const policy: agb.SyncPolicyArgs = { ${part.replaceAll("[...]", "[]")} };`,
    }));
}

/** The example as a module. */
function moduleOf({ text }: Snippet): string {
    const missing = Object.entries(IMPORTS).filter(([name]) => !new RegExp(`import \\* as ${name}\\b`).test(text));
    return [...missing.map(([name, from]) => `import * as ${name} from "${from}";`), text].join("\n");
}

/** The compiler's diagnostics for the snippets, compiled in one program. */
function problems(snippets: Snippet[]): string[] {
    const files = new Map(
        snippets.map((snippet, i) => [join(root, `snippet-${i}.mts`), { ...snippet, module: moduleOf(snippet) }]),
    );
    const surroundings = join(root, "surroundings.d.ts");
    const options: ts.CompilerOptions = {
        ...compilerOptions(),
        noUnusedLocals: false,
        paths: {
            "pulumi-agb": [join(root, "provider/index.ts")],
            "pulumi-agb/client": [join(root, "provider/agb/index.ts")],
        },
    };
    const disk = ts.createCompilerHost(options);
    const virtual = (file: string) => (file === surroundings ? SURROUNDINGS : files.get(file)?.module);
    const host: ts.CompilerHost = {
        ...disk,
        readFile: (file) => virtual(file) ?? disk.readFile(file),
        fileExists: (file) => virtual(file) !== undefined || disk.fileExists(file),
        getSourceFile(file, version) {
            const text = virtual(file);
            return text === undefined
                ? disk.getSourceFile(file, version)
                : ts.createSourceFile(file, text, version, true);
        },
    };
    const program = ts.createProgram([...files.keys(), surroundings], options, host);
    return [...files].flatMap(([file, { where }]) => {
        const source = program.getSourceFile(file);
        return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
            ({ messageText }) => `${where}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
        );
    });
}

/** Uses an unknown input, which shows that the snippets are really compiled. */
const WRONG: Snippet = { where: "here", text: 'new agb.Session("dev", { imageID: "x" });' };

describe("the examples", () => {
    const examples = provider().flatMap(examplesOf);
    // The repository's own type check covers files of the example projects.
    const files = sources("examples").map((file) => readFileSync(file, "utf8"));
    const blocks = pages()
        .flatMap(blocksOf)
        .filter(({ language, text }) => /^(?:ts|typescript)$/.test(language) && !files.includes(text));
    const policies = policiesOf(join(root, "docs", "files.md"));
    let found: string[];
    beforeAll(() => {
        // The reference repeats the examples of doc comments.
        const byText = new Map([...blocks, ...policies, ...examples].map((snippet) => [snippet.text.trim(), snippet]));
        found = problems([...byText.values(), WRONG]);
    });

    it("compile strictly against the package, in doc comments and on pages", () => {
        expect(examples.length).toBeGreaterThan(5);
        expect(blocks.length).toBeGreaterThan(5);
        expect(policies.length).toBeGreaterThan(5);
        expect(found.filter((problem) => !problem.startsWith("here: "))).toEqual([]);
    });

    it("are really compiled: a wrong one is found", () => {
        expect(found).toContainEqual(expect.stringMatching(/^here: .*'imageID' does not exist/));
    });
});
