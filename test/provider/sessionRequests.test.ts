/** How many requests a session costs: when it is created, when it is released, and when it is synced. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MountAddress } from "../../provider/agb";
import { endSession, findRunning } from "../../provider/handlers/session/running";
import { syncHandlers } from "../../provider/handlers/sync";
import { recordingReporter } from "../support/handlers";
import { startDeployment, type Deployment } from "../support/sessionHandlers";
import { tempFolder } from "../support/tempFolder";

const NO_UPLOAD = { uploadPolicy: { autoUpload: false } };
const POLLS = ["getSyncTasks", "getSessionStatus"];
/** Those of sessions and syncs. Listings are shared by the resources of a deployment. */
const COUNTED = [...POLLS, "createSession", "getSession", "startSync", "releaseSession", "refreshIdleTime"] as const;

let d: Deployment;
const sent: string[] = [];
const synced: (MountAddress | undefined)[] = [];
beforeEach(async () => {
    process.env.XDG_DATA_HOME = tempFolder("attempts");
    d = await startDeployment(5);
    record();
});
afterEach(() => d.close());

function record(): void {
    const client = d.proxy.client as unknown as Record<string, (...given: unknown[]) => unknown>;
    for (const name of COUNTED) {
        const call = client[name]?.bind(client);
        client[name] = (...given) => {
            sent.push(name);
            if (name === "startSync") synced.push(...addresses([given[2] as MountAddress | undefined]));
            return call?.(...given);
        };
    }
}
const clear = () => void (sent.splice(0), synced.splice(0));
const others = () => sent.filter((name) => !POLLS.includes(name));
const lookedBefore = (name: string) => sent.slice(0, sent.indexOf(name)).sort();

/** Three mounts of three contexts. */
async function threeMounts(policies: object[] = []): Promise<(MountAddress & { policy?: object })[]> {
    return Promise.all(
        ["a", "b", "c"].map(async (name, i) => ({
            contextId: (await d.agb.client.ensureContext(name)).id,
            path: `/home/${name}`,
            ...(policies[i] && { policy: policies[i] }),
        })),
    );
}
/** No mount means every mount. */
const addresses = (mounts: (MountAddress | undefined)[]) =>
    mounts.map((mount) => mount && { contextId: mount.contextId, path: mount.path });

it("a session is created with one request, and polls", async () => {
    clear();
    await d.create({ contextSyncs: await threeMounts() });
    expect(others()).toEqual(["createSession"]);
});

describe("a session with three mounts is released", () => {
    it("with two requests after one look at it, and polls", async () => {
        const made = await d.create({ contextSyncs: await threeMounts() });
        clear();
        await d.destroy(made, d.nextRun());
        expect(others()).toEqual(["startSync", "releaseSession"]);
        expect(synced).toEqual([undefined]);
        expect(lookedBefore("startSync")).toEqual(["getSessionStatus", "getSyncTasks"]);
    });

    it("with an upload of each mount that takes part, if one must not", async () => {
        const mounts = await threeMounts([{}, NO_UPLOAD, {}]);
        const made = await d.create({ contextSyncs: mounts });
        await d.agb.writeFile(made.id, "/home/b/file.txt", "not to be kept");
        clear();
        await d.destroy(made, d.nextRun());
        expect(synced).toEqual(addresses(mounts.filter(({ path }) => path !== "/home/b")));
        expect(await d.agb.files(mounts[1]?.contextId ?? "")).toEqual([]);
    });

    it("with an upload of each mount that has its data, if one does not", async () => {
        const mounts = await threeMounts([{}, { downloadPolicy: { autoDownload: false } }, {}]);
        const [, second] = mounts;
        await d.agb.client.uploadContextFile(second?.contextId ?? "", "/home/b/precious.txt", { text: "precious" });
        const made = await d.create({ contextSyncs: mounts, forceDestroy: true });
        d.agb.fault("SyncContext:fail:1:2");
        await d.sync({ sessionId: made.id, ...addresses(mounts)[1], mode: "download", onSyncFailure: "report" });
        clear();
        await d.destroy(made, d.nextRun());
        expect(synced).toEqual(addresses([mounts[1], mounts[0], mounts[2]]));
    });

    it("with an upload of each mount that is known, if there may be others", async () => {
        const mounts = await threeMounts([{}, { downloadPolicy: { autoDownload: false } }, {}]);
        const [, second] = mounts;
        await d.agb.client.uploadContextFile(second?.contextId ?? "", "/home/b/precious.txt", { text: "precious" });
        const { id } = await d.create({ contextSyncs: mounts });
        process.env.XDG_DATA_HOME = tempFolder("another-machine");
        const { client } = d.proxy;
        const session = await findRunning(client, id);
        if (!session) throw new Error(`${id} does not run`);
        clear();
        await endSession(client, session, { upload: true, config: new Map(), reporter: recordingReporter().reporter });
        expect(synced).toEqual(addresses([mounts[0], mounts[2]]));
    });
});

describe("a Sync", () => {
    const create = async (news: Record<string, unknown>) => {
        const { inputs } = syncHandlers.check({ olds: {}, news });
        const given = inputs as unknown as Parameters<typeof syncHandlers.create>[0]["inputs"];
        return (await syncHandlers.create({ inputs: given, account: d.account })).state;
    };

    it("of every mount takes one request after one look, and polls", async () => {
        const { id } = await d.create({ contextSyncs: await threeMounts([{}, NO_UPLOAD]) });
        clear();
        expect((await create({ sessionId: id })).contextStatuses.map(({ path }) => path).sort()).toEqual([
            "/home/a",
            "/home/b",
            "/home/c",
        ]);
        expect(others()).toEqual(["startSync"]);
        expect(synced).toEqual([undefined]);
        expect(lookedBefore("startSync")).toEqual(["getSyncTasks"]);
    });

    it("of one mount starts no other", async () => {
        const mounts = await threeMounts();
        const { id } = await d.create({ contextSyncs: mounts });
        clear();
        await create({ sessionId: id, ...addresses(mounts)[0] });
        expect(synced).toEqual([addresses(mounts)[0]]);
    });
});
