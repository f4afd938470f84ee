/** The stories of `ContextFile`. */
import { contextFileHandlers } from "../../../provider/handlers/files/contextFile";
import { Deployment, type AnyHandlers } from "../deployment";
import { calm, differencesFrom, fillFolder, missingFrom, newContext, TIMEOUT, type Story, type World } from "../scene";

const PATH = "/home/work/managed.txt";
const FOREIGN = { "/home/work/foreign.txt": "foreign" };

async function stage(world: World) {
    const contextId = await newContext(world, FOREIGN);
    return {
        contextId,
        contexts: [contextId],
        deployment: new Deployment(contextFileHandlers as unknown as AnyHandlers, world.name),
        lost: () => missingFrom(world, contextId, FOREIGN),
        gone: () => missingFrom(world, contextId, FOREIGN),
        fill: () => fillFolder(world, contextId, "/home/work", 1),
    };
}

async function deployed(world: World, content = "one") {
    const staged = await stage(world);
    const declared = { contextId: staged.contextId, path: PATH, content };
    await staged.deployment.up(declared, calm(world), TIMEOUT);
    staged.deployment.limitDelete(world.timeout);
    return { ...staged, declared };
}

const lists = (world: World, contextId: string, files: Record<string, string>) =>
    differencesFrom(world, contextId, { ...FOREIGN, ...files });

export const contextFileStories: Story[] = [
    {
        resource: "ContextFile",
        operation: "create",
        async prepare(world) {
            const { contextId, ...scene } = await stage(world);
            const goal = { contextId, path: PATH, content: "one" };
            return {
                ...scene,
                goal,
                unmet: lists(world, contextId, { [PATH]: "one" }),
            };
        },
    },
    {
        resource: "ContextFile",
        operation: "update",
        async prepare(world) {
            const { contextId, declared, ...scene } = await deployed(world);
            const goal = { ...declared, content: "number two" };
            return {
                ...scene,
                goal,
                async lost() {
                    const one = await missingFrom(world, contextId, { ...FOREIGN, [PATH]: "one" });
                    const two = await missingFrom(world, contextId, { ...FOREIGN, [PATH]: "number two" });
                    return one.length < two.length ? one : two;
                },
                unmet: lists(world, contextId, { [PATH]: "number two" }),
            };
        },
    },
    {
        resource: "ContextFile",
        operation: "replace",
        async prepare(world) {
            const { contextId, declared, ...scene } = await deployed(world);
            const goal = { ...declared, path: "/home/work/moved.txt" };
            return {
                ...scene,
                goal,
                unmet: lists(world, contextId, { [goal.path]: "one" }),
            };
        },
    },
    {
        resource: "ContextFile",
        operation: "delete",
        async prepare(world) {
            const { contextId, declared: _, ...scene } = await deployed(world);
            return {
                ...scene,
                goal: undefined,
                unmet: lists(world, contextId, {}),
            };
        },
    },
    {
        resource: "ContextFile",
        operation: "read",
        async prepare(world) {
            const { contextId, declared, ...scene } = await deployed(world);
            await world.agb.client.uploadContextFile(contextId, PATH, { text: "changed outside" });
            return {
                ...scene,
                goal: declared,
                act: (account) => scene.deployment.refresh(account),
            };
        },
    },
];
