/** What results depend on: the machine and the versions. It names neither hosts nor paths. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "./project.mjs";
import { pythonWithSdk } from "./pythonSdk.mjs";

const BYTES_PER_GB = 1024 ** 3;

const versionIn = (text) => /\d+\.\d+\.\d+/.exec(text)?.[0];
const versionOf = (file, argument) => {
    const { status, stdout } = spawnSync(file, [argument], { encoding: "utf8" });
    // A build from source may not know its version.
    return status === 0 ? (versionIn(stdout) ?? "of unknown version") : undefined;
};
const packageVersion = (folder) => JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")).version;

export function describeMachine() {
    const [{ model }] = cpus();
    const gigabytes = Math.round(totalmem() / BYTES_PER_GB);
    return `${model.trim()}, ${cpus().length} cores, ${gigabytes} GB of memory, ${platform()} ${arch()}`;
}

/** Versions by name. What is not installed is left out. */
export function versions() {
    const found = {
        "pulumi-agb": packageVersion("."),
        Node: versionIn(process.version),
        "@pulumi/pulumi": packageVersion("node_modules/@pulumi/pulumi"),
        "pulumi command": versionOf("pulumi", "version"),
        "official Python SDK": pythonWithSdk()?.version,
        Python: versionOf("python3", "--version"),
        curl: versionOf("curl", "--version"),
        fastify: packageVersion("node_modules/fastify"),
    };
    return Object.fromEntries(Object.entries(found).filter(([, version]) => version !== undefined));
}
