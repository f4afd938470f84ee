/** The stories of `Session`. */
import { sessionHandlers } from "../../../provider/handlers/session/session";
import { Deployment, type AnyHandlers } from "../deployment";
import { calm, missingFrom, missingFromBoth, newContext, TIMEOUT, type Scene, type Story, type World } from "../scene";

const MOUNT = "/home/work";
const STORED = { [`${MOUNT}/stored.txt`]: "stored", [`${MOUNT}/deep/er.txt`]: "deeper" };
const WRITTEN = { [`${MOUNT}/written.txt`]: "written" };

interface Stage {
    deployment: Deployment;
    contextId: string;
    declared: Record<string, unknown>;
}

async function stage(world: World): Promise<Stage> {
    const contextId = await newContext(world, STORED);
    return {
        deployment: new Deployment(sessionHandlers as unknown as AnyHandlers, world.name),
        contextId,
        declared: { imageId: "agb-code-space-1", contextSyncs: [{ contextId, path: MOUNT }], labels: { team: "a" } },
    };
}

/** A session in which a file was written that only a later upload saves. */
async function running(world: World): Promise<Stage & { sessionId: string }> {
    const staged = await stage(world);
    await staged.deployment.up(staged.declared, calm(world), TIMEOUT);
    const sessionId = staged.deployment.id;
    for (const [path, text] of Object.entries(WRITTEN)) await world.agb.writeFile(sessionId, path, text);
    return { ...staged, sessionId };
}

/** The mounted files that the session of the state does not have. */
async function missingFromSession({ agb }: World, sessionId: string, files: Record<string, string>): Promise<string[]> {
    const missing: string[] = [];
    for (const [path, content] of Object.entries(files)) {
        const found = await agb.readFile(sessionId, path).catch(() => undefined);
        if (found !== content) missing.push(`${path} in the session`);
    }
    return missing;
}

const kept = (world: World, contextId: string, sessionId: string) => async (): Promise<string[]> => [
    ...(await missingFrom(world, contextId, STORED)),
    ...(await missingFromBoth(world, contextId, sessionId, WRITTEN)),
];

/** The next `up` is to bring what the context holds into the session. */
const filledByUp = (world: World, { deployment, contextId, declared }: Stage): Scene => ({
    deployment,
    goal: declared,
    lost: () => missingFrom(world, contextId, STORED),
    gone: () => missingFrom(world, contextId, STORED),
    unmet: () => missingFromSession(world, deployment.id, STORED),
    contexts: [contextId],
});

export const sessionStories: Story[] = [
    {
        resource: "Session",
        operation: "create",
        async prepare(world) {
            return filledByUp(world, await stage(world));
        },
    },
    {
        resource: "Session",
        operation: "update",
        async prepare(world) {
            const { deployment, contextId, declared, sessionId } = await running(world);
            const goal = { ...declared, labels: { team: "b" } };
            return {
                deployment,
                goal,
                lost: kept(world, contextId, sessionId),
                gone: () => missingFrom(world, contextId, { ...STORED, ...WRITTEN }),
                async unmet() {
                    const { team } = await world.agb.client.getLabels(deployment.id);
                    return team === "b" ? [] : [`label ${team}`];
                },
                contexts: [contextId],
            };
        },
    },
    {
        resource: "Session",
        operation: "update, repair",
        async prepare(world): Promise<Scene> {
            const staged = await stage(world);
            world.agb.fault("createSession:fail:1:1");
            await staged.deployment.up(staged.declared, calm(world), TIMEOUT).catch(() => undefined);
            return filledByUp(world, staged);
        },
    },
    {
        resource: "Session",
        operation: "replace",
        async prepare(world) {
            const { deployment, contextId, declared, sessionId } = await running(world);
            const goal = { ...declared, imageId: "agb-code-space-2" };
            deployment.limitDelete(world.timeout);
            return {
                deployment,
                goal,
                lost: kept(world, contextId, sessionId),
                gone: () => missingFrom(world, contextId, { ...STORED, ...WRITTEN }),
                unmet: () => missingFromSession(world, deployment.id, { ...STORED, ...WRITTEN }),
                contexts: [contextId],
            };
        },
    },
    {
        resource: "Session",
        operation: "delete",
        async prepare(world) {
            const { deployment, contextId, sessionId } = await running(world);
            deployment.limitDelete(world.timeout);
            return {
                deployment,
                goal: undefined,
                lost: kept(world, contextId, sessionId),
                gone: () => missingFrom(world, contextId, { ...STORED, ...WRITTEN }),
                unmet: () => missingFrom(world, contextId, { ...STORED, ...WRITTEN }),
                contexts: [contextId],
            };
        },
    },
    {
        resource: "Session",
        operation: "read",
        async prepare(world) {
            const { deployment, contextId, declared, sessionId } = await running(world);
            return {
                deployment,
                goal: declared,
                act: (account) => deployment.refresh(account),
                lost: kept(world, contextId, sessionId),
                gone: () => missingFrom(world, contextId, { ...STORED, ...WRITTEN }),
                contexts: [contextId],
            };
        },
    },
];
