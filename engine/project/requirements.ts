/** What must be installed beside a program before it can be deployed. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Project } from "../deployment";
import { UserError } from "../model/userError";

/** The first TypeScript that Pulumi's program runner cannot load. */
const TYPESCRIPT_TOO_NEW = 7;

/** The SDK has the program runner and the provider process. */
export function checkSDK(project: Project): void {
    findSDK(project);
}

/** What running the program needs besides. */
export function checkProgram(project: Project): void {
    if (project.runtimeOptions.typescript !== false) {
        refuseNewTypeScript(findSDK(project));
    }
    if (project.program === ".") {
        requireProgram(project.programDirectory);
    }
}

function findSDK(project: Project): string {
    const sdk = findPackage("@pulumi/pulumi", project.programDirectory);
    if (sdk === undefined) {
        throw new UserError(
            `@pulumi/pulumi is not installed for the program in ${project.programDirectory}. Run there: npm install @pulumi/pulumi`,
        );
    }
    return sdk;
}

/** The runner loads TypeScript, where there is one, from where it is itself. */
function refuseNewTypeScript(sdk: string): void {
    const typescript = findPackage("typescript", sdk);
    if (typescript !== undefined) {
        const { version } = readJson(join(typescript, "package.json")) as { version: string };
        if (Number.parseInt(version, 10) >= TYPESCRIPT_TOO_NEW) {
            throw new UserError(
                `TypeScript ${version} in ${typescript} cannot be used: Pulumi's program runner needs one before ${TYPESCRIPT_TOO_NEW}. Run: npm install --save-dev typescript@6`,
            );
        }
    }
}

/** Without a `main` in Pulumi.yaml, Node.js finds the program by package.json or as an index file. */
function requireProgram(folder: string): void {
    const manifest = join(folder, "package.json");
    const main = existsSync(manifest) ? (readJson(manifest) as { main?: string }).main : undefined;
    if (
        main === undefined &&
        !["index.ts", "index.js", "index.mjs", "index.cjs", "index.tsx"].some((name) => existsSync(join(folder, name)))
    ) {
        throw new UserError(
            `There is no program in ${folder}: neither an index.ts or index.js, nor a \`main\` in package.json or Pulumi.yaml.`,
        );
    }
}

/** The true folder of an installed package, found the way Node.js does from `folder`, whatever the package exports. */
function findPackage(name: string, folder: string): string | undefined {
    const searched = createRequire(join(folder, "index.js")).resolve.paths(name) ?? [];
    const found = searched.map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
    return found === undefined ? undefined : realpathSync(found);
}

function readJson(file: string): unknown {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as unknown;
    } catch (error) {
        throw new UserError(`${file} in ${dirname(file)} is not valid JSON: ${(error as Error).message}`);
    }
}
