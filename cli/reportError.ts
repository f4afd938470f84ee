/** How the command ends when it fails: one line, and an exit status other than 0. */

/** Prints what went wrong without a stack trace. An error may bring its own `exitStatus`. */
export function reportFailure(error: unknown): void {
    process.stderr.write(`error: ${missingPackage(error) ?? messageOf(error)}\n`);
    process.exitCode = statusOf(error);
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

function statusOf(error: unknown): number {
    return typeof error === "object" && error !== null && "exitStatus" in error && typeof error.exitStatus === "number"
        ? error.exitStatus
        : 1;
}

/** The packages that only the command needs are optional dependencies. */
function missingPackage(error: unknown): string | undefined {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND") {
        return undefined;
    }
    const name = /Cannot find (?:module|package) '((?:@[^/']+\/)?[^./'][^/']*)/.exec(messageOf(error))?.[1];
    return (
        name &&
        `The package "${name}", which this command needs, is not installed. Run: npm install ${name} (or install pulumi-agb without --omit=optional).`
    );
}
