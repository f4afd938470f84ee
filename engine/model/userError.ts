/** An error that the user can fix: the command prints `error: MESSAGE` without a stack trace, and exits with `exitStatus`. */
export class UserError extends Error {
    override readonly name = "UserError";

    constructor(
        message: string,
        readonly exitStatus = 1,
    ) {
        super(message);
    }
}

/** The exit status of the `pulumi` command if a stack does not exist. */
export const STACK_NOT_FOUND = 6;
