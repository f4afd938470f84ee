/** How handlers talk to the user while they work. */

export interface Reporter {
    /** A short-lived status during a wait. Only a terminal shows it. */
    status(text: string): void;
    /** The status at the start and at the end of a long wait. Logs show it too. */
    milestone(text: string): void;
    /** A line in the diagnostics. */
    info(text: string): void;
    /** A warning in the diagnostics. A repeated warning is reported once. */
    warn(text: string): void;
}

/** Reports nothing. */
export const nullReporter: Reporter = {
    status: () => undefined,
    milestone: () => undefined,
    info: () => undefined,
    warn: () => undefined,
};
