/** A reporter that ends the run with two lines: how many tests passed, failed and were skipped, and why they were skipped. */
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

declare module "vitest" {
    interface TaskMeta {
        /** Why `skipIf` skips a test or a suite. `context.skip` takes the reason as its second argument. */
        skipReason?: string;
    }
}

export class SkipSummary implements Reporter {
    onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
        const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
        const reasons = new Map<string, number>();
        for (const module of modules) {
            counts.failed += module.errors().length;
            for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
            for (const test of module.children.allTests()) {
                const { state } = test.result();
                counts[state]++;
                if (state === "skipped") {
                    const reason = skipReason(test);
                    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
                }
            }
        }
        const because = [...reasons].map(([reason, count]) => `${count} because ${reason}`);
        console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
        console.log(`Skipped: ${because.join("; ") || "none"}`);
    }
}

function skipReason(test: TestCase): string {
    const result = test.result();
    if ("note" in result && result.note !== undefined) return result.note;
    let task: TestCase | TestSuite | TestModule = test;
    while (task.type !== "module") {
        const { skipReason: reason } = task.meta();
        if (reason !== undefined) return reason;
        task = task.parent;
    }
    return "they are not selected";
}
