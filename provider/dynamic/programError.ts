import { RunError } from "@pulumi/pulumi";

/** An error of the program's, of which the user sees the message alone. */
export function programError(message: string): RunError {
    const error = new RunError(message);
    // Where the program does not run under Pulumi, Node prints the stack; and the SDK writes it out before it leaves it away, which in some versions of Node takes a minute.
    error.stack = message;
    return error;
}
