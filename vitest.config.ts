import { defineConfig } from "vitest/config";

export const config = defineConfig({
    test: {
        include: ["test/**/*.test.ts"],
        pool: "forks",
        maxWorkers: 3,
        testTimeout: 60_000,
        hookTimeout: 60_000,
    },
});

// vitest reads its settings from the default export alone.
export { config as default };
