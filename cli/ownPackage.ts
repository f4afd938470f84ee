/** This package as it is installed: its folder, its version, and how another project installs the same package. */
import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

interface Manifest {
    version?: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
}

const NAME = "pulumi-agb";

/** This file is either in cli/ or in dist/cli/, and the package's manifest is above both. */
const FOLDER = ["..", "../.."]
    .map((path) => join(__dirname, path))
    .find((folder) => readManifest(folder)?.version !== undefined);

/** A path in the package. */
export function packagePath(...path: string[]): string {
    return join(FOLDER ?? __dirname, ...path);
}

export function packageVersion(): string {
    return readManifest(packagePath())?.version ?? "unknown";
}

/**
 * The version range, folder or address with which the project in `folder` depends on this very package. A clone or a tarball
 * may be newer than what the registry has, or the registry may not have the package at all.
 */
export function packageSource(folder: string): string {
    const own = realpathSync(packagePath());
    const modules = dirname(own);
    if (basename(modules) !== "node_modules") return fileSource(folder, own);
    const { dependencies, devDependencies, optionalDependencies } = readManifest(dirname(modules)) ?? {};
    const source = { ...optionalDependencies, ...devDependencies, ...dependencies }[NAME] ?? "";
    if (source.startsWith("file:")) {
        return fileSource(folder, resolve(dirname(modules), source.slice("file:".length)));
    }
    return source.includes("/") ? source : `^${packageVersion()}`;
}

function fileSource(folder: string, path: string): string {
    const route = relative(realpathSync(folder), realpathSync(path));
    return `file:${isAbsolute(route) ? route : route.split(sep).join("/")}`;
}

function readManifest(folder: string): Manifest | undefined {
    try {
        return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    } catch {
        return undefined;
    }
}
