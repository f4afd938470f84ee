/** What is the user's to put right: printed as one line `error: MESSAGE`, without a stack trace, and the command ends with `exitStatus`. */
export class UserError extends Error {
    override readonly name = "UserError";

    constructor(
        message: string,
        readonly exitStatus = 1,
    ) {
        super(message);
    }
}

/** The exit status of the `pulumi` command where a stack does not exist. */
export const STACK_NOT_FOUND = 6;
