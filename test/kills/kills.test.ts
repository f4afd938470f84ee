/** `kill -9` of the engine, its program, its provider or the account at random moments: the next deployments lose nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engines } from "../support/engines";
import { stories, type Story } from "./programs";
import { LivedStory } from "./story";

/** How many kills a story plans. Each is followed by deployments that must succeed, so longer stories are cheaper. */
const KILLS_PER_STORY = 5;
const KILLS = Number(process.env.KILLS ?? 1);
const seed = Number(process.env.SEED ?? Date.now() % 1e9);

/** Returns how many processes the story has killed. */
async function live(story: Story): Promise<number> {
    const [engine] = engines;
    if (!engine) throw new Error("no engine");
    const lived = await LivedStory.start(engine);
    try {
        await lived.live(story);
        return lived.kills;
    } catch (error) {
        throw new Error(`${JSON.stringify(story)}\n${String(error)}`, { cause: error });
    } finally {
        await lived.end();
    }
}

describe.runIf(process.platform === "linux")(`kills, SEED=${seed}`, () => {
    it(`${KILLS} kills lose nothing`, { timeout: KILLS * 60_000 }, async () => {
        let kills = 0;
        let planned = 0;
        // A deployment may end before its kill is due, so a number of stories says little.
        for (const story of fc.sample(stories(KILLS_PER_STORY), { seed, numRuns: KILLS })) {
            if (kills >= KILLS) break;
            kills += await live(story);
            planned += KILLS_PER_STORY;
            if (KILLS > KILLS_PER_STORY) console.log(`${kills} of ${KILLS} kills (${planned} planned)`);
        }
        expect(kills, "processes killed while they worked").toBeGreaterThanOrEqual(KILLS);
    });
});
