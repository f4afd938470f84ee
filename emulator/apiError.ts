/** A call that is answered with a failed envelope: AGB's code, and the text that the user will see. */
export class ApiError extends Error {
    override readonly name = "Refusal";

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
export const pathTaken = (message: string) => new ApiError("FileConflict", message, 409);
export const fileNotFound = (key: string) => new ApiError("InvalidFile.NotFound", `file ${key} not found`);
export const invalidParameter = (message: string) => new ApiError("InvalidParameter", message);
