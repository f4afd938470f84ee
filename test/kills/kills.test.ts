/** `kill -9` of the engine, its program, its provider or the account at random moments: the next deployments lose nothing. */
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { engines } from "../support/engines";
import { stories } from "./programs";
import { LivedStory } from "./story";

/** How many kills a story has. Each is followed by deployments that must succeed, so longer stories are cheaper. */
const KILLS_PER_STORY = 5;
const KILLS = Number(process.env.KILLS ?? 5);
const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const sample = fc.sample(stories(KILLS_PER_STORY), { seed, numRuns: Math.ceil(KILLS / KILLS_PER_STORY) });

describe.runIf(process.platform === "linux")(`${KILLS} kills, SEED=${seed}`, () => {
    let lived: LivedStory | undefined;
    let kills = 0;
    afterEach(async () => {
        kills += lived?.kills ?? 0;
        await lived?.end();
        lived = undefined;
    });
    // Otherwise the stories show nothing.
    afterAll(() => expect(kills, "processes killed while they worked").toBeGreaterThan(KILLS / 2));

    it.each(sample.map((story, number) => ({ number: number + 1, story })))(
        "story $number loses nothing",
        async ({ story }) => {
            const [engine] = engines;
            if (!engine) throw new Error("no engine");
            lived = await LivedStory.start(engine);
            try {
                await lived.live(story);
            } catch (error) {
                expect.fail(`${JSON.stringify(story)}\n${String(error)}`);
            }
        },
    );
});
