/** A call that is answered with a failed envelope: AGB's code, and the text that the user will see. */
export class Refusal extends Error {
    override readonly name = "Refusal";

    constructor(readonly code: string, message: string, readonly httpStatus = 400) {
        super(message);
    }
}

export const contextNotFound = (idOrName: string) => new Refusal("InvalidContext.NotFound", `context ${idOrName} not found`);
export const pathTaken = (message: string) => new Refusal("FileConflict", message, 409);
export const fileNotFound = (key: string) => new Refusal("InvalidFile.NotFound", `file ${key} not found`);
export const invalidParameter = (message: string) => new Refusal("InvalidParameter", message);
