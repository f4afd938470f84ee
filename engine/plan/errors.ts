/** Errors that end a deployment without another message. */

/** Thrown after the cause has been reported as a diagnostic. */
export class AlreadyReported extends Error {}
