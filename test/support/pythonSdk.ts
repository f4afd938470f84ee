/** The official Python SDK in a virtual environment. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { installedOnce } from "./installedOnce";

export const SDK = "agbcloud-sdk==0.12.0";
const execute = promisify(execFile);

export interface PythonWithSdk {
    python: string;
    /** What its processes need, other than the account. */
    env: Record<string, string>;
}

/** The Python of a virtual environment with the SDK, created on first use, or the reason why it is missing. */
export async function pythonWithSdk(): Promise<PythonWithSdk | { missing: string }> {
    try {
        await execute("python3", ["-c", "import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 10))"]);
    } catch {
        return { missing: "there is no Python 3.10 with venv on this machine" };
    }
    const environment = await installedOnce(SDK, async (folder) => {
        await execute("python3", ["-m", "venv", folder]);
        await execute(join(folder, "bin/python"), [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--disable-pip-version-check",
            SDK,
        ]);
    });
    if ("missing" in environment) return environment;
    return {
        python: join(environment.folder, "bin/python"),
        env: {
            PATH: process.env.PATH ?? "",
            PYTHONPYCACHEPREFIX: join(environment.folder, "pycache"),
            NO_PROXY: "127.0.0.1,localhost",
            AGB_LOG_LEVEL: "ERROR",
        },
    };
}
