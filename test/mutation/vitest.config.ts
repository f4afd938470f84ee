/** Which tests a mutant must fail: those that run the handlers and the client in their own process. */
import { defineConfig } from "vitest/config";

export const config = defineConfig({
    test: {
        root: process.cwd(),
        include: ["test/provider/**/*.test.ts"],
        // It deploys programs in processes of their own, which run the compiled package and not the mutant.
        exclude: ["test/provider/program.test.ts"],
        setupFiles: ["test/support/dataFolder.ts"],
        testTimeout: 60_000,
        hookTimeout: 60_000,
    },
});

export { config as default };
