/** Mutation tests of the handlers and the client: `npm run test:mutation`. The report is in `reports/mutation`. */

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export const config = {
    mutate: ["provider/handlers/**/*.ts", "provider/agb/**/*.ts"],
    testRunner: "vitest",
    vitest: { configFile: "test/mutation/vitest.config.ts" },
    coverageAnalysis: "perTest",
    // Wordings of messages are the subject of tests/docs; a text with a letter less is no defect of the logic.
    mutator: { excludedMutations: ["StringLiteral"] },
    ignoreStatic: true,
    incremental: true,
    incrementalFile: "reports/mutation/incremental.json",
    reporters: ["clear-text", "progress", "html", "json"],
    thresholds: { high: 95, low: 85, break: 85 },
    timeoutMS: 20_000,
    // A busy machine is slow, and a mutant that times out counts as detected.
    timeoutFactor: 4,
    tempDirName: ".stryker-tmp",
    cleanTempDir: "always",
};

export { config as default };
