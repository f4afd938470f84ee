/** How tests run. */
import { defineConfig } from "vitest/config";
import { SkipSummary } from "./test/support/skipSummary";
import { SlowRoomsFirst } from "./test/support/slowRoomsFirst";

export const config = defineConfig({
    test: {
        include: ["test/**/*.test.ts"],
        setupFiles: ["test/support/dataFolder.ts"],
        reporters: ["default", ...(process.env.GITHUB_ACTIONS ? ["github-actions"] : []), new SkipSummary()],
        pool: "forks",
        // The files of a worker share its modules: loading them for each file takes a fifth of the time.
        isolate: false,
        maxWorkers: 3,
        sequence: { sequencer: SlowRoomsFirst },
        // Long enough for a machine that is busy with other things: a limit only ends what hangs.
        testTimeout: 180_000,
        hookTimeout: 180_000,
        expect: { poll: { timeout: 20_000 } },
    },
});

// vitest reads its settings only from the default export.
export { config as default };
