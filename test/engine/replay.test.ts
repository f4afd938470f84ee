/**
 * The embedded engine does what Pulumi's engine did: plays the recorded scenarios with the same programs and the same recording provider. Some
 * that are always the same and some by chance; all of them with REPLAY=all, one with REPLAY=NAME.
 */
import { join, resolve } from "node:path";
import { beforeAll, describe, it, type ExpectStatic } from "vitest";
import { STACK_TYPE } from "../../engine/model/urn";
import { installedSdk, NEWEST_SDK } from "../support/sdk";
import { Player } from "./replay/player";
import { recordedSteps, scenarioNames, type StepResult } from "./replay/recording";
import { NEEDS_NEWEST_SDK, UNSUPPORTED } from "./replay/unsupported";

/** A step takes two Node processes, so only a sample fits next to the other tests. */
const FIXED_EVERY = 24;
const BY_CHANCE = 2;
const supported = scenarioNames.filter((name) => !(name in UNSUPPORTED));

let sdk: Awaited<ReturnType<typeof installedSdk>>;
beforeAll(async () => {
    sdk = await installedSdk(NEWEST_SDK);
});

describe.concurrent("the embedded engine plays", () => {
    it.for(chosen())("%s as the real engine did", { timeout: 300_000 }, async (name, { expect, skip }) => {
        if ("missing" in sdk && NEEDS_NEWEST_SDK.includes(name)) return skip(sdk.missing);
        const modules = "folder" in sdk ? sdk.folder : resolve(__dirname, "../..");
        const player = new Player(name, join(modules, "node_modules"));
        try {
            const played = await player.play();
            const recorded = recordedSteps(name);
            expect(played.length).toBe(recorded.length);
            for (const [index, step] of recorded.entries()) {
                expectSame(expect, `${name}, step ${index + 1}`, played[index] as StepResult, step);
            }
        } finally {
            player.remove();
        }
    });
});

/** The most informative part first. */
function expectSame(expect: ExpectStatic, where: string, played: StepResult, recorded: StepResult): void {
    for (const part of [
        "exit",
        "calls",
        "resources",
        "outputs",
        "pendingOperations",
        "summary",
        "ops",
        "errors",
        "maxConcurrent",
        "previewJson",
    ] as const) {
        expect.soft(determined(played)[part], `${where}: ${part}`).toEqual(determined(recorded)[part]);
    }
}

/** Without the outputs of a stack whose deployment failed: they are registered only if the program is faster than the failure. */
function determined(step: StepResult): StepResult {
    if (step.exit === 0 || step.ops === undefined) return step;
    return { ...step, ops: step.ops.filter(({ event, urn }) => event !== "done" || !urn.includes(STACK_TYPE)) };
}

function chosen(): string[] {
    const asked = process.env.REPLAY;
    if (asked === "all") return supported;
    if (asked !== undefined) return asked.split(",");
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
    console.log(`replaying a sample, SEED=${seed}`);
    const [fixed, rest] = [
        supported.filter((_, index) => index % FIXED_EVERY === 0),
        supported.filter((_, index) => index % FIXED_EVERY !== 0),
    ];
    return [...fixed, ...shuffled(rest, seed).slice(0, BY_CHANCE)];
}

/** The same order for the same seed. */
function shuffled(names: string[], seed: number): string[] {
    let state = seed;
    const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31);
    return names
        .map((name) => ({ name, rank: next() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ name }) => name);
}
