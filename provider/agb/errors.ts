/** What can fail between the client and AGB. Every message is one line that is ready to show to users. */

import { commandName } from "../../common/commandLine";
import { oneLine } from "../../common/oneLine";

/** Names of transfers at presigned URLs, in place of the name of a call. These transfers use no API key. */
export const UPLOAD = "upload";
export const DOWNLOAD = "download";

/** The longest piece of text from AGB in a message. */
export const MAX_SERVER_TEXT = 300;
const MAX_SERVER_CODE = 100;

/** AGB rejected the call. */
export class AgbApiError extends Error {
    override readonly name = "AgbApiError";
    constructor(
        /** The name of the call in the API, such as `createSession`. */
        readonly call: string,
        /** AGB's error code, such as `InvalidMcpSession.NotFound`. Empty if the response has none. */
        readonly code: string,
        /** AGB's error message, unchanged. */
        readonly serverMessage: string,
        readonly httpStatus: number,
        /** Identifies the request in support cases. Empty if the response has none. */
        readonly requestId: string,
        /** Whether AGB may have acted on the call anyway. A server error leaves open how far the call got. */
        readonly mayHaveTakenEffect = httpStatus >= 500,
    ) {
        super();
        this.message = apiErrorMessage(this);
    }
}

/** There is no usable response: the connection failed, the call timed out, or the response did not come from AGB. */
export class AgbConnectionError extends Error {
    override readonly name = "AgbConnectionError";
    constructor(
        /** The name of the call in the API, such as `createSession`. */
        readonly call: string,
        message: string,
        /** Whether AGB may have received the request and acted on it. */
        readonly mayHaveTakenEffect: boolean,
        /** Whether AGB answered in a format that this version does not know. */
        readonly isUnreadable = false,
    ) {
        super(message);
    }
}

/** The settings are incomplete or invalid: there is no API key, or the endpoint cannot be used. */
export class AgbSettingsError extends Error {
    override readonly name = "AgbSettingsError";
}

/** Whether a failed call may have taken effect anyway. */
export function mayHaveTakenEffect(error: unknown): boolean {
    return (error instanceof AgbConnectionError || error instanceof AgbApiError) && error.mayHaveTakenEffect;
}

/** Whether AGB rejected the API key itself, so every other call with it fails, too. */
export function isKeyRejected(error: unknown): boolean {
    if (!(error instanceof AgbApiError) || error.call === UPLOAD || error.call === DOWNLOAD) return false;
    // Quotas and missing permissions are 403, too.
    const isAboutKey = /(?:api|access|invalid|secret).?key|token|credential|authenticat|unauthorized/i;
    return (
        error.httpStatus === 401 ||
        (error.httpStatus === 403 && isAboutKey.test(`${error.code} ${error.serverMessage}`))
    );
}

function apiErrorMessage(error: AgbApiError): string {
    const code = oneLine(error.code, MAX_SERVER_CODE) || `HTTP ${error.httpStatus}`;
    const requestId = oneLine(error.requestId, MAX_SERVER_CODE);
    const details = [code, ...(requestId ? [`request ${requestId}`] : [])].join(", ");
    const sentence = oneLine(error.serverMessage, MAX_SERVER_TEXT).replace(/\.$/, "") || "no reason given";
    if (isKeyRejected(error)) {
        return `AGB does not accept the API key: ${sentence} (${details}). Check agb:apiKey or AGB_API_KEY; \`${commandName()} destroy\` and \`${commandName()} refresh\` use the configuration of the last \`${commandName()} up\`.`;
    }
    return `AGB said: ${sentence} (${details}).`;
}
