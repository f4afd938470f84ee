/**
 * The assumptions about the service that the package relies on and that no documentation confirms. `npm test` checks the
 * emulator, `npm run test:contract` the service with the key in AGB_API_KEY.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAgb, type LocalAgb } from "../../emulator/index";
import { resolveSettings } from "../../provider/agb/settings";
import type { Assumption } from "./assumption";
import { commandAssumptions } from "./commands";
import { contextAssumptions } from "./contexts";
import { releaseAssumptions } from "./releases";
import { sessionAssumptions } from "./sessions";
import { syncAssumptions } from "./syncs";
import { World } from "./world";

const isService = process.env.CONTRACT === "service";
/** The longest check on the service. CONTRACT_MINUTES changes it. */
const MAX_MINUTES = Number(process.env.CONTRACT_MINUTES ?? 5);
const TEST_TIMEOUT_MS = 10 * 60_000;

const assumptions: Assumption[] = [
    ...contextAssumptions,
    ...commandAssumptions,
    ...sessionAssumptions,
    ...syncAssumptions,
    ...releaseAssumptions,
];
const differences: { assumption: Assumption; seen: string }[] = [];
let world: World;
let local: LocalAgb | undefined;

beforeAll(async () => {
    if (isService) {
        world = new World(await resolveSettings({}));
    } else {
        local = await startLocalAgb();
        world = new World(local, local);
    }
});

afterAll(async () => {
    await world.clean();
    if (local !== undefined) expect(await world.names(), "left behind").toEqual([]);
    await world.agb.close();
    await local?.close();
    if (differences.length > 0) process.stdout.write(`\n${tableOf(differences)}\n`);
}, TEST_TIMEOUT_MS);

describe(isService ? "the service" : "the emulator", () => {
    for (const assumption of assumptions) {
        const isTooLong = isService && (assumption.minutes ?? 0) > MAX_MINUTES;
        const timeout = TEST_TIMEOUT_MS + (assumption.minutes ?? 0) * 60_000;
        it.skipIf(isTooLong)(`${assumption.id}: ${assumption.sentence}`, { timeout }, async () => {
            try {
                await assumption.check(world);
            } catch (error) {
                differences.push({ assumption, seen: error instanceof Error ? error.message : String(error) });
                throw error;
            }
        });
    }
});

it("every assumption has its own id", () => {
    expect(new Set(assumptions.map(({ id }) => id)).size).toBe(assumptions.length);
});

function tableOf(rows: typeof differences): string {
    return [
        "| id | assumed | seen |",
        "| --- | --- | --- |",
        ...rows.map(
            ({ assumption: { id, sentence }, seen }) =>
                `| ${id} | ${sentence} | ${seen.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 300)} |`,
        ),
    ].join("\n");
}
