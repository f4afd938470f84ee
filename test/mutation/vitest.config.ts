/** Which tests a mutant must fail: those that run the handlers and the client in their own process. */
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Most mutants fail in one of the files that take no time, and a run ends with the first failure. */
class QuickFilesFirst extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
        const isSlow = ({ moduleId }: TestSpecification) => /session|sync|task|uploadSafety|noFlapping/i.test(moduleId);
        const sorted = await super.sort(files);
        return [...sorted.filter((file) => !isSlow(file)), ...sorted.filter(isSlow)];
    }
}

export const config = defineConfig({
    test: {
        root: process.cwd(),
        // The second starts the local AGB as the client does.
        include: ["test/provider/**/*.test.ts", "test/emulator/server/lock.test.ts"],
        // The first deploys programs in processes of their own, which run the compiled package and not the mutant. The
        // second measures memory, which instrumented code needs more of.
        exclude: ["test/provider/program.test.ts", "test/provider/fileMemory.test.ts"],
        // Each mutant runs many files. Importing everything again for each takes longer than the tests.
        isolate: false,
        sequence: { sequencer: QuickFilesFirst },
        env: { RUNS: "5" },
        setupFiles: ["test/support/dataFolder.ts"],
        testTimeout: 60_000,
        hookTimeout: 60_000,
    },
});

export { config as default };
