/** What tests install from a package registry: once a user, kept from run to run and from clone to clone. */
import { mkdirSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";

const { username, uid } = userInfo();
const CACHE = path.join(tmpdir(), `pulumi-agb-test-${username}`);

/** The folder that `install` has filled, now or in an earlier run; or why there is none. */
export async function installedOnce(name: string, install: (folder: string) => Promise<void>): Promise<{ folder: string } | { missing: string }> {
    mkdirSync(CACHE, { recursive: true, mode: 0o700 });
    if (statSync(CACHE).uid !== uid) return { missing: `${CACHE} belongs to somebody else` };
    const folder = path.join(CACHE, name);
    if (existsSync(folder)) return { folder };
    const made = `${folder}.${process.pid}`;
    mkdirSync(made);
    try {
        await install(made);
        // Only what is complete has the name.
        renameSync(made, folder);
        return { folder };
    } catch (error) {
        rmSync(made, { recursive: true, force: true });
        return { missing: `${name} could not be installed: ${String(error).trim().split("\n").at(-1) ?? ""}` };
    }
}
