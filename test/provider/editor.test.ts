/** What an editor shows to the author of a program. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, expect, it } from "vitest";
import { compilerOptions, root } from "../../scripts/reference/package";
import { KnownImage } from "../../provider";

const FILE = join(root, "test", "program.ts");
const PROGRAM = `import * as agb from "../provider";
const work = new agb./*Context*/Context("work", {}, { /*options*/ });
new agb./*Session*/Session("dev", { imageId: "/*image*/", contextSyncs: [{ contextId: work, path: "/home/work" }] });
new agb./*ContextFile*/ContextFile("file", { contextId: work, path: "/home/work/a.md", content: "a" });
new agb./*ContextFolder*/ContextFolder("folder", { contextId: work, path: "/home/work/b", source: "b" });
new agb./*Sync*/Sync("sync", { sessionId: "s" });
new agb.Sync("wrong", { sessionId: "s", mode: "zip" });
export const wrong: agb.UploadPolicyArgs = { uploadMode: "zip" };
`;

let editor: ts.LanguageService;
beforeAll(() => {
    const text = (file: string) =>
        file === FILE ? PROGRAM : existsSync(file) ? readFileSync(file, "utf8") : undefined;
    editor = ts.createLanguageService({
        useCaseSensitiveFileNames: () => true,
        readDirectory: (...args) => ts.sys.readDirectory(...args),
        directoryExists: (folder) => ts.sys.directoryExists(folder),
        getDirectories: (folder) => ts.sys.getDirectories(folder),
        getCompilationSettings: compilerOptions,
        getCurrentDirectory: () => root,
        getDefaultLibFileName: ts.getDefaultLibFilePath,
        getScriptFileNames: () => [FILE],
        getScriptSnapshot: (file) => {
            const content = text(file);
            return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
        },
        getScriptVersion: () => "1",
        fileExists: (file) => text(file) !== undefined,
        readFile: text,
    });
});

const after = (mark: string) => PROGRAM.indexOf(`/*${mark}*/`) + mark.length + 4;
const completions = (at: number) =>
    editor.getCompletionsAtPosition(FILE, at, undefined)?.entries.map(({ name }) => name) ?? [];

it("completes the known images", () => {
    expect(completions(after("image") - "/*image*/".length)).toEqual(expect.arrayContaining(Object.values(KnownImage)));
});

it("lists the values in the message about an unknown one", () => {
    const messages = editor
        .getSemanticDiagnostics(FILE)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    expect(messages.filter((message) => message.includes("zip"))).toEqual([
        expect.stringContaining('"upload" | "download"'),
        expect.stringContaining('"File" | "Archive"'),
    ]);
});

it("does not offer options that fail", () => {
    const offered = completions(after("options"));
    expect(offered).toEqual(expect.arrayContaining(["dependsOn", "protect"]));
    expect(offered.filter((name) => ["import", "provider", "replaceOnChanges"].includes(name))).toEqual([]);
});

it.each([
    ["Context", "deleted only if `forceDestroy` is set"],
    ["Session", "every session after 30 minutes"],
    ["ContextFile", "sees the files that the context held when the session started"],
    ["ContextFolder", "sees the files that the context held when the session started"],
    ["Sync", "It runs once, and again whenever"],
])("shows what to know about a new %s, with an example", (name, toKnow) => {
    const { documentation, tags = [] } = editor.getQuickInfoAtPosition(FILE, after(name)) ?? {};
    expect(ts.displayPartsToString(documentation)).toContain(toKnow);
    const examples = tags.filter((tag) => tag.name === "example").map((tag) => ts.displayPartsToString(tag.text));
    expect(examples[0]).toContain(`new agb.${name}(`);
});
