/** Errors of the program that show the user only their message. */
import { RunError } from "@pulumi/pulumi";

export function programError(message: string): RunError {
    const error = new RunError(message);
    // Node prints the stack outside Pulumi. The SDK computes it even though it does not print it, which takes up to a minute.
    error.stack = message;
    return error;
}
