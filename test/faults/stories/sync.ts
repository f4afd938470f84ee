/** The stories of `Sync`. */
import { SyncMode } from "../../../provider/agb";
import { syncHandlers } from "../../../provider/handlers/sync";
import { Deployment, type AnyHandlers } from "../deployment";
import { calm, missingFrom, missingFromBoth, newContext, TIMEOUT, type Story, type World } from "../scene";

const MOUNT = "/home/work";
const STORED = { [`${MOUNT}/stored.txt`]: "stored" };
const WRITTEN = { [`${MOUNT}/written.txt`]: "written" };
const ADDED = { [`${MOUNT}/added.txt`]: "added" };

/** A session that mounts a context, with files that only the session has. */
async function stage(world: World) {
    const { agb, name } = world;
    const contextId = await newContext(world, STORED);
    const { sessionId } = await agb.client.createSession({
        imageId: "agb-code-space-1",
        labels: { story: name },
        mounts: [{ contextId, path: MOUNT, policy: "{}" }],
    });
    await agb.client.getSession(sessionId);
    await agb.local.whenIdle();
    for (const [path, text] of Object.entries(WRITTEN)) await agb.writeFile(sessionId, path, text);
    return {
        contextId,
        sessionId,
        deployment: new Deployment(syncHandlers as unknown as AnyHandlers, name),
        contexts: [contextId],
        sessions: [sessionId],
        gone: () => missingFrom(world, contextId, STORED),
        lost: async () => [
            ...(await missingFrom(world, contextId, STORED)),
            ...(await missingFromBoth(world, contextId, sessionId, WRITTEN)),
        ],
    };
}

const uploaded = (world: World, contextId: string) => () => missingFrom(world, contextId, { ...STORED, ...WRITTEN });

export const syncStories: Story[] = [
    {
        resource: "Sync",
        operation: "create",
        async prepare(world) {
            const { sessionId, contextId, ...scene } = await stage(world);
            const goal = { sessionId };
            return {
                ...scene,
                goal,
                unmet: uploaded(world, contextId),
            };
        },
    },
    {
        resource: "Sync",
        operation: "create, download",
        async prepare(world) {
            const { sessionId, contextId, ...scene } = await stage(world);
            for (const [path, text] of Object.entries(ADDED)) {
                await world.agb.client.uploadContextFile(contextId, path, { text });
            }
            const goal = { sessionId, contextId, path: MOUNT, mode: SyncMode.Download };
            return {
                ...scene,
                goal,
                async unmet() {
                    const found = await world.agb.readFile(sessionId, `${MOUNT}/added.txt`).catch(() => "");
                    return found === "added" ? [] : ["added.txt in the session"];
                },
            };
        },
    },
    {
        resource: "Sync",
        operation: "update",
        async prepare(world) {
            const { sessionId, contextId, ...scene } = await stage(world);
            const goal = { sessionId };
            world.agb.fault("SyncContext:fail:1:1");
            await scene.deployment.up(goal, calm(world), TIMEOUT).catch(() => undefined);
            return {
                ...scene,
                goal,
                unmet: uploaded(world, contextId),
            };
        },
    },
    {
        resource: "Sync",
        operation: "replace",
        async prepare(world) {
            const { sessionId, contextId, ...scene } = await stage(world);
            await scene.deployment.up({ sessionId, triggers: [1] }, calm(world), TIMEOUT);
            const later = { [`${MOUNT}/later.txt`]: "later" };
            await world.agb.writeFile(sessionId, `${MOUNT}/later.txt`, "later");
            const goal = { sessionId, triggers: [2] };
            return {
                ...scene,
                goal,
                unmet: () => missingFrom(world, contextId, { ...STORED, ...WRITTEN, ...later }),
            };
        },
    },
    {
        resource: "Sync",
        operation: "delete",
        async prepare(world) {
            const { sessionId, contextId, ...scene } = await stage(world);
            await scene.deployment.up({ sessionId }, calm(world), TIMEOUT);
            return {
                ...scene,
                goal: undefined,
                unmet: uploaded(world, contextId),
            };
        },
    },
    {
        resource: "Sync",
        operation: "read",
        async prepare(world) {
            const { sessionId, contextId, ...scene } = await stage(world);
            const goal = { sessionId, wait: false };
            await scene.deployment.up(goal, calm(world), TIMEOUT);
            return {
                ...scene,
                goal,
                act: (account) => scene.deployment.refresh(account),
                unmet: uploaded(world, contextId),
            };
        },
    },
];
