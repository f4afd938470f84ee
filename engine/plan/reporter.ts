/** Where plans report problems. */

/** Receives diagnostics; without a URN they concern the whole deployment. */
export interface Reporter {
    error(urn: string | undefined, text: string): void;
    warning(urn: string | undefined, text: string): void;
    info(urn: string | undefined, text: string): void;
}
