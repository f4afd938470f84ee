/** Whatever programs a stack gets, whatever fails and whatever is killed when: its state and the account agree. */
import fc from "fast-check";
import { test } from "vitest";
import { InMemoryEngine } from "./random/inMemory";
import { live } from "./random/life";
import { lives } from "./random/programs";

const RUNS = Number(process.env.RUNS ?? 2);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`randomPrograms: SEED=${seed} RUNS=${RUNS}`);

test("state and account agree after every deployment, at whatever moment it is killed", { timeout: 20_000 + RUNS * 10_000 }, async () => {
    const property = fc.asyncProperty(lives, fc.scheduler(), (deployments, scheduler) => live(deployments, (account) => new InMemoryEngine(scheduler, account)));
    await fc.assert(property, { numRuns: RUNS * 100, seed });
});
