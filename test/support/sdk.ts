/** Versions of `@pulumi/pulumi` other than the one installed here, which tests run next to it. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { installedOnce } from "./installedOnce";

/** The version that the recordings of the real engine were made with. */
export const NEWEST_SDK = "3.270.0";

/** A folder whose `node_modules` has that version, or why there is none. */
export function installedSdk(version: string): Promise<{ folder: string } | { missing: string }> {
    return installedOnce(`@pulumi-pulumi@${version}`, async (folder) => {
        writeFileSync(`${folder}/package.json`, '{ "name": "sdk", "private": true }\n');
        const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save"];
        await promisify(execFile)("npm", ["install", ...options, `@pulumi/pulumi@${version}`], { cwd: folder });
    });
}
