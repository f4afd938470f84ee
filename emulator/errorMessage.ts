import { getSystemErrorMap } from "node:util";

/** What went wrong, without the paths of this machine. */
export function errorMessage(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    const { code, errno } = error as NodeJS.ErrnoException;
    const system = errno === undefined ? undefined : getSystemErrorMap().get(errno);
    return system ? `${system[1]} (${code})` : error.message;
}
