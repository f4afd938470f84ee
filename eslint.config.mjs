/** The linter: strict, type-checked rules, and what it can hold of the project's one style. */
import { builtinModules } from "node:module";
import tseslint from "typescript-eslint";

/** Every file begins by saying what it is for. */
const header = {
    meta: {
        type: "layout",
        schema: [],
        messages: { missing: "Begin the file with a comment that says what it is for." },
    },
    create(context) {
        return {
            Program(program) {
                const [first] = context.sourceCode.getAllComments().filter(({ type }) => type !== "Shebang");
                const start = program.body[0]?.range[0] ?? Number.POSITIVE_INFINITY;
                const isHeader = first?.type === "Block" && first.value.startsWith("*") && first.range[0] < start;
                if (!isHeader) context.report({ loc: { line: 1, column: 0 }, messageId: "missing" });
            },
        };
    },
};

const restrictedSyntax = [
    ["ExportDefaultDeclaration", "Export by name."],
    [":matches(PropertyDefinition, TSParameterProperty)[accessibility='private']", "Use a #private member."],
    ["MethodDefinition[accessibility='private'][kind!='constructor']", "Use a #private member."],
    [
        "ImportDeclaration[source.value=/^node:/] > :matches(ImportNamespaceSpecifier, ImportDefaultSpecifier)",
        "Import what you need from a node module by name.",
    ],
].map(([selector, message]) => ({ selector, message }));

const config = tseslint.config(
    {
        ignores: [
            "**/dist/",
            ".stryker-tmp/",
            "reports/",
            "site/",
            "node_modules/",
            "emulator/console/static/",
            "test/engine/recordings/",
            "test/engine/replay/*.js",
            "test/upgrade/fixtures/",
        ],
    },
    ...tseslint.configs.strictTypeChecked,
    {
        plugins: { house: { rules: { header } } },
        languageOptions: {
            parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
        },
        rules: {
            curly: ["error", "multi-line"],
            "house/header": "error",
            "no-restricted-syntax": ["error", ...restrictedSyntax],
            "no-restricted-imports": [
                "error",
                { paths: builtinModules.map((name) => ({ name, message: `Write "node:${name}".` })) },
            ],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            // `const { left, ...rest } = all` leaves something out.
            "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
        },
    },
    {
        files: ["{cli,common,emulator,engine,provider,scripts}/**/*.ts"],
        rules: { "max-lines": ["error", 250] },
    },
    // Examples are shown as they are.
    { files: ["examples/**"], rules: { "house/header": "off" } },
    {
        files: ["examples/**/*.ts"],
        rules: {
            // The runner of node waits for its tests.
            "@typescript-eslint/no-floating-promises": [
                "error",
                { allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }] },
            ],
        },
    },
    { files: ["**/*.{js,cjs,mjs}"], ...tseslint.configs.disableTypeChecked },
    {
        files: ["**/*.{js,cjs}"],
        rules: { "@typescript-eslint/no-require-imports": "off" },
    },
);

export { config as default };
