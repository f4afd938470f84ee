/** Whatever programs a stack gets, whatever fails and whatever is killed when: its state and the account agree. */
import fc from "fast-check";
import { test } from "vitest";
import { InMemoryEngine } from "./random/inMemory";
import { EngineInProcesses } from "./random/inProcesses";
import { live } from "./random/lifecycle";
import { lives } from "./random/programs";

const RUNS = Number(process.env.RUNS ?? 1);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`randomPrograms: SEED=${seed} RUNS=${RUNS}`);
const timeout = 60_000 + RUNS * 60_000;

test(
    "state and account agree after every deployment, at whatever moment the engine is killed",
    { timeout },
    async () => {
        const property = fc.asyncProperty(lives, fc.scheduler(), (deployments, scheduler) =>
            live(deployments, (account) => new InMemoryEngine(scheduler, account)),
        );
        await fc.assert(property, { numRuns: RUNS * 200, seed });
    },
);

test(
    "they do so too where engine, program and provider are processes, and the engine's is killed",
    { timeout },
    async () => {
        const property = fc.asyncProperty(lives, async (deployments) => {
            let engine: EngineInProcesses | undefined;
            try {
                await live(deployments, async (account) => {
                    engine = new EngineInProcesses(account);
                    await engine.project.init();
                    return engine;
                });
            } finally {
                engine?.project.remove();
            }
        });
        // Each lifecycle takes time, so a failure is reported without shrinking.
        await fc.assert(property, { numRuns: RUNS, seed, endOnFailure: true });
    },
);
