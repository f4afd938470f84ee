/** Ends the command after a failure, with one line on standard error and an exit status other than 0. */
import { errorMessage } from "../common/errorMessage";

/** Prints the error without its stack trace. An error can set its own `exitStatus`. */
export function reportFailure(error: unknown): void {
    process.stderr.write(`error: ${missingPackage(error) ?? errorMessage(error)}\n`);
    process.exitCode = statusOf(error);
}

function statusOf(error: unknown): number {
    return typeof error === "object" && error !== null && "exitStatus" in error && typeof error.exitStatus === "number"
        ? error.exitStatus
        : 1;
}

/** A hint for a missing optional dependency: the packages that only the command needs are optional. */
function missingPackage(error: unknown): string | undefined {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") {
        return undefined;
    }
    const name = /Cannot find (?:module|package) '((?:@[^/']+\/)?[^./'][^/']*)/.exec(errorMessage(error))?.[1];
    return (
        name &&
        `the package "${name}" is required by this command, but is not installed. Run: npm install ${name} (or install pulumi-agb without --omit=optional).`
    );
}
