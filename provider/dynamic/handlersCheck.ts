/** Finds out before the deployment whether the provider process will find this package. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { programError } from "./programError";

const HANDLERS = "pulumi-agb/handlers";

/** Throws unless a process in this folder, such as the provider process in that of the program, can load the handlers. */
export function assertHandlersResolve(folder: string): void {
    try {
        createRequire(join(folder, "index.js")).resolve(HANDLERS);
    } catch {
        throw programError(
            `pulumi-agb cannot be loaded from ${folder}, where Pulumi starts its provider. Add pulumi-agb to the dependencies in the package.json of the project there, even if only another package imports it.`,
        );
    }
}

let checked = false;

/** Checks once, in a program that an engine runs. Under mocks, and in an inline program, the folder means nothing. */
export function checkHandlersOnce(): void {
    if (checked || !process.env.PULUMI_NODEJS_MONITOR) return;
    assertHandlersResolve(process.cwd());
    checked = true;
}
