/**
 * A stack that an earlier version deployed, under the newest code: nothing changes, and it can be destroyed.
 * `RECORD=VERSION npx vitest run test/upgrade` records the stack of the current code as a fixture, which is then kept for good.
 */
import { afterEach, describe, expect, it } from "vitest";
import { describeOnEngines, engines } from "../support/engines";
import { providerFactorySource } from "../../provider/dynamic/identifiers";
import { record, recordedVersions, restore, type RecordedStack } from "./release";

describe("the text of __provider", () => {
    it.each(["context", "contextFile", "contextFolder", "session", "sync"] as const)("stays as it is: %s", (name) => {
        // Every stored state contains this text, and a different one would update every resource.
        expect(providerFactorySource(name)).toBe(`exports.handler=()=>require("pulumi-agb/handlers").${name}`);
    });
});

describeOnEngines("a stack of an earlier version, on $name", (engine) => {
    let stack: RecordedStack | undefined;
    afterEach(() => stack?.remove());

    it.each(recordedVersions())("is unchanged, refreshed and destroyed: %s", async (version) => {
        stack = await restore(version, engine);
        const { project, agb } = stack;
        for (const operation of [project.preview, project.up, project.refresh, project.up]) {
            const { exit, text } = await operation("--expect-no-changes", "--diff");
            expect(exit, text).toBe(0);
            expect(text).not.toMatch(/warning|error/);
        }
        const destroyed = await project.destroy();
        expect(destroyed.exit, destroyed.text).toBe(0);
        await agb.whenIdle();
    });
});

const [engine] = engines;
if (process.env.RECORD && engine) {
    it("records a fixture", () => record(process.env.RECORD ?? "", engine));
}
