/** Deletion before replacement, with current and former dependents, in every order of events. */
import fc from "fast-check";
import { test } from "vitest";
import { InMemoryEngine } from "./random/inMemory";
import { live } from "./random/lifecycle";
import { PLAIN, thing, type Declared, type Deployment } from "./random/programs";

const up = (resources: Declared[], more: Partial<Deployment> = {}): Deployment => ({
    ...PLAIN,
    operation: "up",
    program: { resources },
    ...more,
});

async function runInAnyOrder(...deployments: Deployment[]): Promise<void> {
    await fc.assert(
        fc.asyncProperty(fc.scheduler(), (scheduler) =>
            live(deployments, (account) => new InMemoryEngine(scheduler, account)),
        ),
        { numRuns: 100 },
    );
}

const host = (more: Partial<Declared> = {}) => thing({ slot: 0, deleteBeforeReplace: true, ...more });

test("a former dependent is recreated only after its own deletion", () =>
    runInAnyOrder(up([host(), thing({ slot: 1, seat: 0 })]), up([host({ kind: 1 }), thing({ slot: 1 })])));

test("a dependent that waits for its deletion is deleted too, and its successor stays", () =>
    runInAnyOrder(
        up([host(), thing({ slot: 1, seat: 0 })]),
        up([host(), thing({ slot: 1 })], { faults: [{ method: "delete", slot: 1, how: "fails" }] }),
        up([host({ kind: 1 }), thing({ slot: 1 })]),
        up([host({ kind: 1 }), thing({ slot: 1, seat: 0 })]),
    ));

test("a former dependent that is registered first stays, even under a new name", async () => {
    const former = thing({ slot: 1, badge: { of: 0, isLiteral: false } });
    const renamed = thing({ slot: 1, name: "renamed", badge: { of: 0, isLiteral: true }, aliases: [former.urn] });
    await runInAnyOrder(up([host(), former]), up([host({ kind: 1 }), renamed]));
});

test("the resource is deleted even if its former dependency cannot be updated", () =>
    runInAnyOrder(
        up([thing({ slot: 1 }), host({ from: [1] })]),
        up([thing({ slot: 1, value: 1 }), host({ kind: 1 })], {
            continueOnError: true,
            faults: [{ method: "update", slot: 1, how: "fails" }],
        }),
    ));

test("if the deletion fails and the deployment continues, the program learns that the resource is not replaced", () =>
    runInAnyOrder(
        up([host(), thing({ slot: 1, seat: 0 }), thing({ slot: 2 })]),
        up([host({ kind: 1 }), thing({ slot: 1 }), thing({ slot: 2, value: 1 })], {
            continueOnError: true,
            faults: [{ method: "delete", slot: 1, how: "fails" }],
        }),
    ));
