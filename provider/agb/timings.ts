/** How long the client pauses before it tries again, and how long it waits for a sync to begin. */

export interface Timings {
    /** Pause before a call is sent again, in milliseconds. It doubles with each attempt. */
    callRetryMs: number;
    /** Pause before an upload is started again, in milliseconds. It doubles with each attempt. */
    uploadRetryMs: number;
    /** How long a session may list no sync task at all until it counts as having nothing to sync, in milliseconds. */
    noTasksGraceMs: number;
}

export const DEFAULT_TIMINGS: Readonly<Timings> = { callRetryMs: 200, uploadRetryMs: 400, noTasksGraceMs: 5000 };
