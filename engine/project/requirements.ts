/** Checks that everything a deployment needs is installed. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { errorMessage } from "../../common/errorMessage";
import type { Project } from "../model/request";
import { UserError } from "../model/userError";
import type { ProjectFile } from "./project";

/** The first TypeScript version that Pulumi's program runner cannot load. */
const UNSUPPORTED_TYPESCRIPT = 7;

/** Checks what every deployment needs: the folder of the program, and the SDK, which contains the provider process. */
export function checkProject(project: ProjectFile): void {
    const { file, root, programDirectory, program } = project;
    const path = join(programDirectory, program);
    if (!existsSync(path)) {
        throw new UserError(
            `${file} names the program \`main: ${relative(root, path)}\`, but ${path} does not exist. Create it, or correct \`main\`.`,
        );
    }
    findSDK(project);
}

/** Checks what running the program needs in addition. A program without an entry point is reported by the runner. */
export function checkRunner(project: Project): void {
    if (project.runtimeOptions.typescript !== false) {
        assertSupportedTypeScript(findSDK(project));
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
