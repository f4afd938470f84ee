/** The stories of `ContextFolder`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contextFolderHandlers } from "../../../provider/handlers/files/contextFolder";
import { tempFolder } from "../../support/tempFolder";
import { Deployment, type AnyHandlers } from "../deployment";
import { calm, differencesFrom, fillFolder, missingFrom, newContext, TIMEOUT, type Story, type World } from "../scene";

const PATH = "/home/work/managed";
const FOREIGN = { "/home/work/managed/foreign.txt": "foreign" };
const BEFORE = { "same.txt": "same", "changed.txt": "before", "deep/removed.txt": "removed" };
const AFTER = { "same.txt": "same", "changed.txt": "after it changed", "deep/added.txt": "added" };

function folderWith(files: Record<string, string>): string {
    const folder = tempFolder("faults");
    for (const [file, content] of Object.entries(files)) {
        mkdirSync(join(folder, dirname(file)), { recursive: true });
        writeFileSync(join(folder, file), content);
    }
    return folder;
}

/** Both states of the local folder, for all stories. */
const before = folderWith(BEFORE);
const after = folderWith(AFTER);

const at = (path: string, files: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([file, content]) => [`${path}/${file}`, content]));

async function stage(world: World) {
    const contextId = await newContext(world, FOREIGN);
    return {
        contextId,
        contexts: [contextId],
        deployment: new Deployment(contextFolderHandlers as unknown as AnyHandlers, world.name),
        lost: () => missingFrom(world, contextId, FOREIGN),
        gone: () => missingFrom(world, contextId, FOREIGN),
        fill: () => fillFolder(world, contextId, PATH, 2),
    };
}

async function deployed(world: World) {
    const staged = await stage(world);
    const declared = { contextId: staged.contextId, path: PATH, source: before };
    await staged.deployment.up(declared, calm(world), TIMEOUT);
    staged.deployment.limitDelete(world.timeout);
    return { ...staged, declared };
}

const lists = (world: World, contextId: string, files: Record<string, string>) =>
    differencesFrom(world, contextId, { ...FOREIGN, ...files });

export const contextFolderStories: Story[] = [
    {
        resource: "ContextFolder",
        operation: "create",
        async prepare(world) {
            const { contextId, ...scene } = await stage(world);
            const goal = { contextId, path: PATH, source: before };
            return {
                ...scene,
                goal,
                unmet: lists(world, contextId, at(PATH, BEFORE)),
            };
        },
    },
    {
        resource: "ContextFolder",
        operation: "update",
        async prepare(world) {
            const { contextId, declared, ...scene } = await deployed(world);
            const goal = { ...declared, source: after };
            return {
                ...scene,
                goal,
                lost: () => missingFrom(world, contextId, { ...FOREIGN, ...at(PATH, { "same.txt": "same" }) }),
                unmet: lists(world, contextId, at(PATH, AFTER)),
            };
        },
    },
    {
        resource: "ContextFolder",
        operation: "replace",
        async prepare(world) {
            const { contextId, declared, ...scene } = await deployed(world);
            const goal = { ...declared, path: "/home/work/moved" };
            return {
                ...scene,
                goal,
                unmet: lists(world, contextId, at(goal.path, BEFORE)),
            };
        },
    },
    {
        resource: "ContextFolder",
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
        resource: "ContextFolder",
        operation: "read",
        async prepare(world) {
            const { contextId, declared, ...scene } = await deployed(world);
            await world.agb.client.uploadContextFile(contextId, `${PATH}/changed.txt`, { text: "changed outside" });
            return {
                ...scene,
                goal: declared,
                act: (account) => scene.deployment.refresh(account),
            };
        },
    },
];
