/** What tests install from a package registry: once a user, kept from run to run and from clone to clone. */
import { mkdirSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const { username, uid } = userInfo();
const CACHE = join(tmpdir(), `pulumi-agb-test-${username}`);

/** What npm and pip say when they reach no registry. */
const UNREACHABLE =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|from versions: none|Max retries exceeded|name resolution|timed out/;

/** The folder that `install` has filled, now or in an earlier run; or why there is none. A failure that is not the registry's is thrown. */
export async function installedOnce(
    name: string,
    install: (folder: string) => Promise<void>,
): Promise<{ folder: string } | { missing: string }> {
    mkdirSync(CACHE, { recursive: true, mode: 0o700 });
    if (statSync(CACHE).uid !== uid) return { missing: `${CACHE} belongs to somebody else` };
    const folder = join(CACHE, name);
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
        // Another test file was faster.
        if (existsSync(folder)) return { folder };
        if (!UNREACHABLE.test(String(error))) throw error;
        return { missing: `${name} could not be installed here: ${String(error).trim().split("\n").at(-1) ?? ""}` };
    }
}
