/** What a child inherits from its parent if the program does not say it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseProviderReference, parseUrn } from "../../engine/model/urn";
import { Account } from "./random/account";
import { InMemoryEngine } from "./random/inMemory";
import { PLAIN, thing } from "./random/programs";

test("a resource inherits the provider of its parent, but not through a component", async () => {
    const resources = [
        thing({ slot: 0, name: "top", provider: "p0" }),
        thing({ slot: 1, name: "child", parent: 0 }),
        thing({ slot: 2, name: "group", parent: 0, component: true }),
        thing({ slot: 3, name: "grandchild", parent: 2 }),
    ];
    const deploy = async (scheduler: fc.Scheduler): Promise<void> => {
        const engine = new InMemoryEngine(scheduler, new Account());
        await engine.deploy({ ...PLAIN, operation: "up", program: { resources } });
        const states = (await engine.state()).resources.map(({ urn, provider }) => [
            parseUrn(urn).name,
            provider && parseUrn(parseProviderReference(provider).urn).name,
        ]);
        expect(Object.fromEntries(states)).toMatchObject({ top: "p0", child: "p0", grandchild: "default" });
    };
    await fc.assert(fc.asyncProperty(fc.scheduler(), deploy), { numRuns: 1 });
});
