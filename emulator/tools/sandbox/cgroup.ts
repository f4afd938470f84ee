/**
 * Limits for all processes of a session together. Unlike those of prlimit they bind root too, but they need permission to
 * create control groups: root usually has it outside of containers, other users if systemd delegates it to them.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CGROUP_PREFIX, findParents, type CgroupParent } from "./cgroupParents";
import { spawnIsolated } from "./spawnIsolated";

export class Cgroup {
    readonly #folders: readonly string[];

    private constructor(folders: readonly string[]) {
        this.#folders = folders;
    }

    /** Creates a group for a session. Without the permission for it, the group limits nothing. */
    static async create(): Promise<Cgroup> {
        usableParents ??= Cgroup.#findUsable();
        return Cgroup.#createIn(await usableParents);
    }

    /** The parents, if a process can join groups in them. */
    static async #findUsable(): Promise<CgroupParent[]> {
        const parents = await findParents().catch(() => []);
        const group = await Cgroup.#createIn(parents);
        const [exitCode] = (await once(
            spawnIsolated(group.enter(["true"]), ["ignore", "ignore", "ignore"]),
            "exit",
        ).catch(() => [])) as unknown[];
        await group.remove();
        return exitCode === 0 ? parents : [];
    }

    static async #createIn(parents: readonly CgroupParent[]): Promise<Cgroup> {
        const name = `${CGROUP_PREFIX}${process.pid}-${randomUUID()}`;
        const group = new Cgroup(parents.map(({ folder }) => join(folder, name)));
        try {
            for (const { folder, limits } of parents) {
                await mkdir(join(folder, name));
                for (const { file, value } of limits) await writeFile(join(folder, name, file), String(value));
            }
            return group;
        } catch {
            await group.remove();
            return new Cgroup([]);
        }
    }

    /** A command line that joins the group and becomes another command. */
    enter(argv: readonly string[]): string[] {
        if (this.#folders.length === 0) return [...argv];
        const join = 'until [ "$1" = -- ]; do echo 0 > "$1/cgroup.procs" || exit; shift; done; shift; exec "$@"';
        return ["sh", "-c", join, "sh", ...this.#folders, "--", ...argv];
    }

    /** Removes the group, once its processes have ended. */
    async remove(): Promise<void> {
        await Promise.allSettled(this.#folders.map((folder) => rmdir(folder)));
    }
}

let usableParents: Promise<CgroupParent[]> | undefined;
