/** Runs a stack through its lifecycle and checks after every deployment that the state and the account agree. */
import type { Snapshot } from "../../../engine/model/types";
import { expect } from "vitest";
import { Account } from "./account";
import { Agreement, defects } from "./agreement";
import { undisturbed, type Asked, type Deployment } from "./programs";

export interface Outcome {
    /** `cut off`: killed. */
    how: "succeeded" | "failed" | "cut off";
    /** The failures that were reported to the user. */
    errors: string;
}

export interface Engine {
    deploy(deployment: Deployment): Promise<Outcome>;
    /** The state on disk. */
    state(): Promise<Snapshot>;
    /** What `pulumi state unprotect --all` does. */
    unprotect(): Promise<void>;
}

export async function live(
    deployments: readonly Deployment[],
    start: (account: Account) => Engine | Promise<Engine>,
): Promise<void> {
    const account = new Account();
    const engine = await start(account);
    const agreement = new Agreement(account);
    const deploy = async (deployment: Deployment): Promise<Outcome> => {
        const before = await engine.state();
        account.faults = deployment.faults;
        agreement.lose(account.lose(deployment.gone));
        const outcome = await engine.deploy(deployment);
        const after = await engine.state();
        if (
            outcome.how === "cut off" ||
            deployment.unsaved ||
            deployment.faults.some(({ how }) => how.startsWith("ends"))
        ) {
            agreement.doubt(before, after);
        }
        const hasSucceeded = outcome.how === "succeeded";
        const isPartial = deployment.targets.length > 0 || deployment.excludes.length > 0;
        const isRefreshed = hasSucceeded && !isPartial && (deployment.operation === "refresh" || deployment.refresh);
        if (isRefreshed) agreement.settle();
        expect({ outcome, defects: defects(after), complaints: agreement.complaints(after) }).toEqual({
            outcome,
            defects: [],
            complaints: [],
        });
        const isWhole = hasSucceeded && !isPartial;
        if (isWhole && deployment.operation === "up") {
            expect(agreement.differences(after, deployment.program)).toEqual([]);
        }
        if (isWhole && deployment.operation === "destroy") expect(after.resources).toEqual([]);
        const isPeaceful =
            deployment.faults.length === 0 &&
            deployment.killedAt === undefined &&
            deployment.unsaved === undefined &&
            deployment.program.breaksAt === undefined &&
            deployment.program.exitsWith === undefined &&
            deployment.replaces.length === 0 &&
            !isPartial;
        const mayFail = agreement.hasDoubts || before.resources.some(({ protect }) => protect === true);
        if (isPeaceful && !mayFail) expect(outcome).toEqual({ how: "succeeded", errors: "" });
        return outcome;
    };
    for (const deployment of deployments) await deploy(deployment);

    const last = deployments.at(-1);
    if (last === undefined) return;
    const succeed = async (asked: Asked): Promise<void> =>
        expect(await deploy(undisturbed(last, asked))).toEqual({ how: "succeeded", errors: "" });
    await engine.unprotect();
    await succeed({ operation: "refresh", clearPendingCreates: true });
    expect((await engine.state()).pendingOperations).toEqual([]);
    await succeed({ operation: "up" });
    const { changes } = account;
    await succeed({ operation: "up", expectNoChanges: true });
    expect(account.changes).toBe(changes);
    await succeed({ operation: "destroy" });
    expect([...account.things.keys()].filter((id) => !agreement.isLeftBehind(id))).toEqual([]);
}
