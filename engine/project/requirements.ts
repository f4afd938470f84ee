/** Checks that everything a program needs is installed. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { errorMessage } from "../../common/errorMessage";
import type { Project } from "../model/request";
import { UserError } from "../model/userError";

/** The first TypeScript version that Pulumi's program runner cannot load. */
const UNSUPPORTED_TYPESCRIPT = 7;

/** Checks that the SDK is installed, which contains the program runner and the provider process. */
export function checkSDK(project: Project): void {
    findSDK(project);
}

/** Checks what else running the program needs. */
export function checkProgram(project: Project): void {
    if (project.runtimeOptions.typescript !== false) {
        assertSupportedTypeScript(findSDK(project));
    }
    if (project.program === ".") {
        assertHasProgram(project.programDirectory);
    }
}

function findSDK(project: Project): string {
    const sdk = findPackage("@pulumi/pulumi", project.programDirectory);
    if (sdk === undefined) {
        throw new UserError(
            `@pulumi/pulumi is not installed for the program in ${project.programDirectory}. In that folder, run: npm install @pulumi/pulumi`,
        );
    }
    return sdk;
}

/** The runner loads TypeScript, if it is installed, from its own location. */
function assertSupportedTypeScript(sdk: string): void {
    const typescript = findPackage("typescript", sdk);
    if (typescript !== undefined) {
        const { version } = readJson(join(typescript, "package.json")) as { version: string };
        if (Number.parseInt(version, 10) >= UNSUPPORTED_TYPESCRIPT) {
            throw new UserError(
                `TypeScript ${version} in ${typescript} is not supported: Pulumi's program runner needs a version below ${UNSUPPORTED_TYPESCRIPT}. Run: npm install --save-dev typescript@6`,
            );
        }
    }
}

/** Without a `main` in Pulumi.yaml, Node.js finds the program through package.json or as an index file. */
function assertHasProgram(folder: string): void {
    const manifest = join(folder, "package.json");
    const main = existsSync(manifest) ? (readJson(manifest) as { main?: string }).main : undefined;
    if (
        main === undefined &&
        !["index.ts", "index.js", "index.mjs", "index.cjs", "index.tsx"].some((name) => existsSync(join(folder, name)))
    ) {
        throw new UserError(
            `No program found in ${folder}. Add an index.ts or index.js, or set \`main\` in package.json or Pulumi.yaml.`,
        );
    }
}

/** Resolves the folder of an installed package as Node.js does from `folder`, regardless of the package's exports. */
function findPackage(name: string, folder: string): string | undefined {
    const searchPaths = createRequire(join(folder, "index.js")).resolve.paths(name) ?? [];
    const found = searchPaths.map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
    return found === undefined ? undefined : realpathSync(found);
}

function readJson(file: string): unknown {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as unknown;
    } catch (error) {
        throw new UserError(`${file} is not valid JSON: ${errorMessage(error)}`);
    }
}
