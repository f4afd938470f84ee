/** What is deleted before its replacement, and those that once depended on it: in whatever order it all comes. */
import fc from "fast-check";
import { test } from "vitest";
import { InMemoryEngine } from "./random/inMemory";
import { live } from "./random/lifecycle";
import { thing, type Declared, type Deployment } from "./random/programs";

const up = (resources: Declared[], more: Partial<Deployment> = {}): Deployment => ({
    operation: "up",
    program: { resources },
    parallel: 0,
    continueOnError: false,
    refresh: false,
    faults: [],
    ...more,
});

async function liveInAnyOrder(...deployments: Deployment[]): Promise<void> {
    await fc.assert(
        fc.asyncProperty(fc.scheduler(), (scheduler) =>
            live(deployments, (account) => new InMemoryEngine(scheduler, account)),
        ),
        { numRuns: 100 },
    );
}

const host = (more: Partial<Declared> = {}) => thing({ slot: 0, deleteBeforeReplace: true, ...more });

test("one that is deleted with it, and depends on it no more, is made again when it is gone", () =>
    liveInAnyOrder(up([host(), thing({ slot: 1, seat: 0 })]), up([host({ kind: 1 }), thing({ slot: 1 })])));

test("one that waits for its deletion goes with it, and what has come in its place stays", () =>
    liveInAnyOrder(
        up([host(), thing({ slot: 1, seat: 0 })]),
        up([host(), thing({ slot: 1 })], { faults: [{ method: "delete", slot: 1, how: "fails" }] }),
        up([host({ kind: 1 }), thing({ slot: 1 })]),
        up([host({ kind: 1 }), thing({ slot: 1, seat: 0 })]),
    ));

test("one that depends on it no more stays where it was registered first, also by a new name", async () => {
    const former = thing({ slot: 1, badge: { of: 0, isLiteral: false } });
    const renamed = thing({ slot: 1, name: "renamed", badge: { of: 0, isLiteral: true }, aliases: [former.urn] });
    await liveInAnyOrder(up([host(), former]), up([host({ kind: 1 }), renamed]));
});

test("it is deleted though what it depended on could not be updated", () =>
    liveInAnyOrder(
        up([thing({ slot: 1 }), host({ from: [1] })]),
        up([thing({ slot: 1, value: 1 }), host({ kind: 1 })], {
            continueOnError: true,
            faults: [{ method: "update", slot: 1, how: "fails" }],
        }),
    ));

test("where it cannot be deleted and the rest goes on, the program learns that it is not replaced", () =>
    liveInAnyOrder(
        up([host(), thing({ slot: 1, seat: 0 }), thing({ slot: 2 })]),
        up([host({ kind: 1 }), thing({ slot: 1 }), thing({ slot: 2, value: 1 })], {
            continueOnError: true,
            faults: [{ method: "delete", slot: 1, how: "fails" }],
        }),
    ));
