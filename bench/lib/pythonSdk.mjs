/** The Python of the virtual environment with the official SDK that the tests create. */
import { existsSync, readdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Its path and the version of the SDK, or `undefined` if the tests have not created it. */
export function pythonWithSdk() {
    const cache = join(tmpdir(), `pulumi-agb-test-${userInfo().username}`);
    const name = existsSync(cache) && readdirSync(cache).find((entry) => /^agbcloud-sdk==[\d.]+$/.test(entry));
    if (!name) return undefined;
    return { python: join(cache, name, "bin", "python"), version: name.split("==")[1] };
}

export const MISSING_SDK = "the official SDK, which `npx vitest run test/sdk` installs";
