/** The pauses and grace periods of the client, which tests shorten. */

export interface Timings {
    /** The pause before a call is repeated, in milliseconds. It grows with each attempt. */
    callRetryMs: number;
    /** The pause before an upload is repeated, in milliseconds. It doubles with each attempt. */
    uploadRetryMs: number;
    /** How long a session can list no sync task at all before it counts as having nothing to sync, in milliseconds. */
    noTasksGraceMs: number;
    /** How long a session may need to be listed after the answer to its creation was lost, in milliseconds. */
    lostSessionMs: number;
    /** How long a wait continues while no answer about the syncs can be read, in milliseconds. */
    unreadableLimitMs: number;
    /** How long AGB may take to list a file after its upload, in milliseconds. */
    listingMs: number;
}

export const DEFAULT_TIMINGS: Readonly<Timings> = {
    callRetryMs: 200,
    uploadRetryMs: 400,
    noTasksGraceMs: 5000,
    lostSessionMs: 10_000,
    unreadableLimitMs: 30_000,
    listingMs: 60_000,
};
