/** Error messages that clients of the API may see. */
import { getSystemErrorMap } from "node:util";
import { errorMessage } from "../common/errorMessage";

/** The message of anything that was thrown. A system error is described without the path it concerns. */
export function messageWithoutPaths(error: unknown): string {
    const { code, errno } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
    const description = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
    return description === undefined ? errorMessage(error) : `${description} (${code})`;
}
