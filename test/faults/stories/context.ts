/** The stories of `Context`. */
import { contextHandlers } from "../../../provider/handlers/context";
import { Deployment, type AnyHandlers } from "../deployment";
import { calm, missingFrom, TIMEOUT, type Scene, type Story, type World } from "../scene";

const FILES = { "/home/work/kept.txt": "kept" };
const create = (world: World) => new Deployment(contextHandlers as unknown as AnyHandlers, world.name);

async function deployed(world: World, declared: Record<string, unknown>, files = {}): Promise<Deployment> {
    const deployment = create(world);
    await deployment.up(declared, calm(world), TIMEOUT);
    for (const [path, text] of Object.entries(files)) {
        await world.agb.client.uploadContextFile(deployment.id, path, { text: String(text) });
    }
    return deployment;
}

/** What a context that holds a file must keep, and how to empty it in the end. */
function holding(world: World, id: string): Pick<Scene, "lost" | "beforeDestroy"> {
    return {
        lost: () => missingFrom(world, id, FILES),
        async beforeDestroy() {
            for (const path of Object.keys(FILES)) await world.agb.client.deleteContextFile(id, path);
        },
    };
}

const nothingLost = () => Promise.resolve([]);

const named =
    ({ agb, name }: World, deployment: Deployment, expected: string) =>
    async () => {
        const { name: actual } = await agb.client.getContext({ id: deployment.id });
        return actual === expected ? [] : [`the context of ${name} is named ${actual}`];
    };

export const contextStories: Story[] = [
    {
        resource: "Context",
        operation: "create",
        prepare(world) {
            const deployment = create(world);
            const goal = { name: world.name };
            return Promise.resolve({
                deployment,
                goal,
                lost: nothingLost,
                unmet: named(world, deployment, world.name),
            });
        },
    },
    {
        resource: "Context",
        operation: "update",
        async prepare(world) {
            const deployment = await deployed(world, { name: world.name }, FILES);
            const goal = { name: `${world.name}-renamed` };
            return {
                deployment,
                goal,
                unmet: named(world, deployment, goal.name),
                ...holding(world, deployment.id),
            };
        },
    },
    {
        resource: "Context",
        operation: "replace",
        async prepare(world) {
            const deployment = await deployed(world, { name: world.name });
            const goal = { name: world.name, region: "cn-shanghai" };
            return {
                deployment,
                goal,
                lost: nothingLost,
                unmet: named(world, deployment, world.name),
            };
        },
    },
    {
        resource: "Context",
        operation: "delete",
        async prepare(world) {
            const deployment = await deployed(world, { name: world.name });
            deployment.limitDelete(world.timeout);
            return {
                deployment,
                goal: undefined,
                lost: nothingLost,
            };
        },
    },
    {
        resource: "Context",
        operation: "delete, refused",
        async prepare(world) {
            const goal = { name: world.name };
            const deployment = await deployed(world, goal, FILES);
            deployment.limitDelete(world.timeout);
            return {
                deployment,
                goal,
                act: (account) => deployment.destroy(account),
                ...holding(world, deployment.id),
            };
        },
    },
    {
        resource: "Context",
        operation: "read",
        async prepare(world) {
            const goal = { name: world.name };
            const deployment = await deployed(world, goal, FILES);
            return {
                deployment,
                goal,
                act: (account) => deployment.refresh(account),
                ...holding(world, deployment.id),
            };
        },
    },
];
