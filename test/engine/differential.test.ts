/** The embedded engine does what the pulumi command does, in random sequences of programs and options. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSdk } from "../../engine/protocol/sdk";
import { hasPulumi, NEEDS_PULUMI, root } from "../support/engines";
import { EmbeddedEngine } from "./differential/embedded";
import { predictable } from "./differential/played";
import { PulumiCommand } from "./differential/pulumi";
import { describeDifference } from "./differential/scenario";
import { compare, shortened, type Engines } from "./differential/sequences";
import { lives } from "./random/programs";

const RUNS = Number(process.env.RUNS ?? 5);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
/** Sequences that are played at the same time. */
const LANES = 3;

const lanes: Engines[] = [];
beforeAll(async () => {
    if (!hasPulumi) return;
    console.log(`differential: SEED=${seed} RUNS=${RUNS}`);
    const sdk = loadSdk(root);
    for (let lane = 0; lane < Math.min(LANES, RUNS); lane++) {
        lanes.push({ pulumi: await PulumiCommand.start(sdk), embedded: new EmbeddedEngine(sdk) });
    }
});
afterAll(async () => {
    for (const engine of lanes.flatMap((lane) => Object.values(lane))) await engine.end();
});

const options = { timeout: 120_000 + RUNS * 60_000, meta: hasPulumi ? {} : NEEDS_PULUMI };
test.skipIf(!hasPulumi)("both engines do the same", options, async () => {
    const sequences = fc.sample(lives, { numRuns: RUNS, seed }).entries();
    let same = 0;
    const play = async (engines: Engines): Promise<void> => {
        for (const [index, deployments] of sequences) {
            const difference = await compare(engines, deployments.map(predictable));
            if (difference === undefined) same++;
            else console.log(`sequence ${index}: ${describeDifference(await shortened(engines, difference))}`);
        }
    };
    await Promise.all(lanes.map(play));
    expect(`${same} of ${RUNS}`).toBe(`${RUNS} of ${RUNS}`);
});
