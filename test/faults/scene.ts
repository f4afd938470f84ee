/** What a story of the matrix consists of, and what all stories need. */
import type { Account } from "../../provider/handlers/account";
import type { TestAgb } from "../support/agb";
import { accountOf } from "../support/handlers";
import type { Deployment } from "./deployment";

/** Where a trial happens. Its name is unique, and so is everything named after it. */
export interface World {
    agb: TestAgb;
    name: string;
    /** The limit of the operation under a fault. */
    timeout: string;
}

/** One operation of one resource. */
export interface Story {
    resource: string;
    operation: string;
    prepare(world: World): Promise<Scene>;
}

/** The state of the world before the operation, and what must hold after it. */
export interface Scene {
    deployment: Deployment;
    /** The operation, unless it deploys the goal, or destroys the deployment if there is none. */
    act?: (account: Account) => Promise<unknown>;
    /** What the program declares from then on. */
    goal: Record<string, unknown> | undefined;
    /** Files that are nowhere, although nothing has removed them. */
    lost: () => Promise<string[]>;
    /** What differs from the goal once the next deployment has succeeded. */
    unmet?: () => Promise<string[]>;
    /** Files that a destroy should have kept, but has not. */
    gone?: () => Promise<string[]>;
    /** Makes the resource deletable, if its content prevents that. */
    beforeDestroy?: () => Promise<void>;
    /** Adds enough to a folder that a listing of it has two pages, whose border is next to what the operation looks for. */
    fill?: () => Promise<void>;
    /** Contexts of the story that are not the resource. */
    contexts?: string[];
    /** Sessions of the story that are not the resource. */
    sessions?: string[];
}

/** Performs the operation of a scene. */
export function perform({ deployment, goal, act }: Scene, account: Account, timeout: string): Promise<unknown> {
    if (act) return act(account);
    return goal ? deployment.up(goal, account, timeout) : deployment.destroy(account);
}

/** The limit of every operation without a fault. */
export const TIMEOUT = "60s";

/** A deployment without faults. */
export const calm = ({ agb }: World): Account => accountOf(agb.client);

export async function newContext({ agb, name }: World, files: Record<string, string> = {}): Promise<string> {
    const { id } = await agb.client.ensureContext(`${name}-data`);
    for (const [path, text] of Object.entries(files)) await agb.client.uploadContextFile(id, path, { text });
    return id;
}

/** The expected files that a context does not have with that content. */
export async function missingFrom(
    { agb }: World,
    contextId: string,
    expected: Record<string, string>,
): Promise<string[]> {
    const missing: string[] = [];
    for (const [path, content] of Object.entries(expected)) {
        const found = await agb.content(contextId, path).catch(() => undefined);
        if (found !== content) missing.push(`${path} (${found === undefined ? "absent" : JSON.stringify(found)})`);
    }
    return missing;
}

/** The expected files that neither the context nor the session has with that content. */
export async function missingFromBoth(
    world: World,
    contextId: string,
    sessionId: string,
    expected: Record<string, string>,
): Promise<string[]> {
    const missing = new Set(await missingFrom(world, contextId, expected));
    if (missing.size === 0) return [];
    const stillMissing: string[] = [];
    for (const description of missing) {
        const path = description.slice(0, description.indexOf(" ("));
        const found = await world.agb.readFile(sessionId, path).catch(() => undefined);
        if (found !== expected[path]) stillMissing.push(description);
    }
    return stillMissing;
}

const PAGE_SIZE = 50;
const FILLER = ".filler-";
const isFiller = (path: string): boolean => path.includes(FILLER);

/** Adds files to a folder until one with `before` others before it is the last of the first page. */
export async function fillFolder({ agb }: World, contextId: string, folder: string, before: number): Promise<void> {
    const upload = (file: string) => agb.client.uploadContextFile(contextId, `${folder}/${file}`, { text: file });
    const count = PAGE_SIZE - 1 - before;
    await Promise.all(Array.from({ length: count }, (_, index) => upload(`${FILLER}${index}`)));
    await upload(`z${FILLER}`);
}

/** What the context has lost of these files, and what it has in addition to them. */
export const differencesFrom =
    (world: World, contextId: string, expected: Record<string, string>) => async (): Promise<string[]> => {
        const paths = await world.agb.files(contextId);
        return [
            ...(await missingFrom(world, contextId, expected)),
            ...paths.filter((path) => !(path in expected) && !isFiller(path)).map((path) => `${path} (unexpected)`),
        ];
    };
