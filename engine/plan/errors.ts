/** Ends the deployment, once its cause has been told as a diagnostic. */
export class AlreadyReported extends Error {}
