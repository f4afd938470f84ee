import tseslint from "typescript-eslint";

const config = tseslint.config(
    { ignores: ["dist/", "node_modules/", "**/*.js", "test/engine/recordings/"] },
    ...tseslint.configs.strictTypeChecked,
    { files: ["**/*.mjs"], ...tseslint.configs.disableTypeChecked },
    {
        languageOptions: {
            parserOptions: {
                projectService: { allowDefaultProject: ["*.mjs", "examples/*.mjs", "examples/*/*.mjs"] },
                tsconfigRootDir: import.meta.dirname,
            },
        },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            // `const { left, ...rest } = all` leaves something out.
            "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
            "no-restricted-syntax": ["error", { selector: "ExportDefaultDeclaration", message: "No default exports." }],
        },
    },
);

export { config as default };
