/** What tests install from a package registry: once for each user, shared by runs and clones. */
import { mkdirSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const { username, uid } = userInfo();
const CACHE = join(tmpdir(), `pulumi-agb-test-${username}`);

/** npm's cache for tests that must not use the user's. */
export const NPM_CACHE = join(CACHE, "npm");

/** What npm and pip print if they reach no registry. */
export const UNREACHABLE =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|from versions: none|Max retries exceeded|name resolution|timed out/;

/** The folder that `install` filled, now or in an earlier run, or the reason why it is missing. Throws failures other than an unreachable registry. */
export async function installedOnce(
    name: string,
    install: (folder: string) => Promise<void>,
): Promise<{ folder: string } | { missing: string }> {
    mkdirSync(CACHE, { recursive: true, mode: 0o700 });
    if (statSync(CACHE).uid !== uid) return { missing: `${CACHE} belongs to another user` };
    const folder = join(CACHE, name);
    if (existsSync(folder)) return { folder };
    const made = `${folder}.${process.pid}`;
    mkdirSync(made);
    try {
        await install(made);
        // Only a complete installation gets the final name.
        renameSync(made, folder);
        return { folder };
    } catch (error) {
        rmSync(made, { recursive: true, force: true });
        // Another test file was faster.
        if (existsSync(folder)) return { folder };
        if (!UNREACHABLE.test(String(error))) throw error;
        return { missing: `${name} could not be installed here: ${String(error).trim().split("\n").at(-1) ?? ""}` };
    }
}
