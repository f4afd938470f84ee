/** Finds where this process may create control groups with limits, in versions 1 and 2 of control groups. */
import { existsSync } from "node:fs";
import { readdir, readFile, rmdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { mountTable } from "./mountTable";

/** A folder that can contain control groups, and the limits that these can have. */
export interface CgroupParent {
    folder: string;
    limits: { file: string; value: number }[];
}

/** What the names of our groups begin with. The id of the server's process follows. */
export const CGROUP_PREFIX = "pulumi-agb-";

/** The limits of a session, with their files in both versions. */
const LIMITS = [
    { controller: "pids", value: 2048, v1: "pids.max", v2: "pids.max" },
    { controller: "memory", value: 4 * 1024 ** 3, v1: "memory.limit_in_bytes", v2: "memory.max" },
];

export async function findParents(): Promise<CgroupParent[]> {
    const limits = new Map<string, CgroupParent["limits"]>();
    for (const { controller, value, v1, v2 } of LIMITS) {
        const { folder, version } = (await parentV1(controller)) ?? (await parentV2(controller)) ?? {};
        if (folder === undefined) continue;
        limits.set(folder, [...(limits.get(folder) ?? []), { file: version === 1 ? v1 : v2, value }]);
    }
    await Promise.all([...limits.keys()].map(removeAbandoned));
    return [...limits].map(([folder, ofFolder]) => ({ folder, limits: ofFolder }));
}

async function parentV1(controller: string): Promise<{ folder: string; version: 1 } | undefined> {
    const own = (await memberships()).find(({ controllers }) => controllers.includes(controller));
    const mount = (await mountTable()).find(
        ({ type, superOptions }) => type === "cgroup" && superOptions.includes(controller),
    );
    if (own === undefined || mount === undefined) return undefined;
    return { folder: join(mount.path, relative(mount.root, own.path)), version: 1 };
}

/** In version 2, only groups without processes of their own can contain groups with limits. */
async function parentV2(controller: string): Promise<{ folder: string; version: 2 } | undefined> {
    const own = (await memberships()).find(({ controllers }) => controllers.includes(""));
    const mount = (await mountTable()).find(({ type }) => type === "cgroup2");
    if (own === undefined || mount === undefined) return undefined;
    let folder = join(mount.path, relative(mount.root, own.path));
    for (; folder.startsWith(mount.path); folder = dirname(folder)) {
        const available = await readFile(join(folder, "cgroup.subtree_control"), "utf8");
        if (available.trim().split(" ").includes(controller)) return { folder, version: 2 };
    }
    return undefined;
}

/** The groups of this process, by their controllers. */
async function memberships(): Promise<{ controllers: string[]; path: string }[]> {
    return (await readFile("/proc/self/cgroup", "utf8")).split("\n").flatMap((line) => {
        const [, controllers, path] = /^\d+:(.*?):(.*)$/.exec(line) ?? [];
        return controllers === undefined || path === undefined ? [] : [{ controllers: controllers.split(","), path }];
    });
}

/** Removes groups of servers that were killed. A group with processes cannot be removed. */
async function removeAbandoned(folder: string): Promise<void> {
    for (const name of await readdir(folder)) {
        const pid = name.startsWith(CGROUP_PREFIX) ? parseInt(name.slice(CGROUP_PREFIX.length), 10) : undefined;
        if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rmdir(join(folder, name)).catch(() => undefined);
    }
}
