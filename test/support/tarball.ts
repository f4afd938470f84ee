/** The tarball that users install. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./engines";

/** Packs the package, which has been built, into a folder. Returns the path of the tarball. */
export function pack(folder: string): string {
    const packed = JSON.parse(
        execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
            cwd: root,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "pipe"],
        }),
    ) as unknown;
    // npm 10 prints a list, npm 11 and later may print a map by package name.
    const [first] = Array.isArray(packed)
        ? (packed as { filename: string }[])
        : Object.values(packed as Record<string, { filename: string }>);
    return join(folder, first?.filename ?? "");
}
