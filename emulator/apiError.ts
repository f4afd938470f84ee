/** Errors that the API reports to its clients. */
import type { UploadMode } from "../provider/agb/policy";

/** A folder of a context and how its data is stored. */
export interface ModeAtPath {
    path: string;
    uploadMode: UploadMode;
}

/** Fails a call with an error envelope: AGB's error code, and the message that the user sees. */
export class ApiError extends Error {
    override readonly name = "ApiError";

    constructor(
        readonly code: string,
        message: string,
        readonly httpStatus = 400,
    ) {
        super(message);
    }
}

export const contextNotFound = (idOrName: string) =>
    new ApiError("InvalidContext.NotFound", `context ${idOrName} not found`);
export const fileNotFound = (path: string) => new ApiError("InvalidFile.NotFound", `file ${path} not found`);
export const invalidParameter = (message: string) => new ApiError("InvalidParameter", message);
export const pathTaken = (message: string) => new ApiError("FileConflict", message, 409);
export const uploadModeMismatch = (contextName: string, stored: ModeAtPath, requested: ModeAtPath) =>
    new ApiError(
        "InvalidUploadMode",
        `context ${contextName} stores ${stored.path} in upload mode ${stored.uploadMode}, so it cannot be mounted at ${requested.path} with upload mode ${requested.uploadMode}`,
    );
