/** What can go wrong between us and AGB. Each message is one clear line that can be shown to a user as it is. */

/** The names of what is no call of the API: the transfer of a file at an address that AGB has signed. It needs no key. */
export const UPLOAD = "upload";
export const DOWNLOAD = "download";

/** AGB answered, and refused. */
export class AgbApiError extends Error {
    override readonly name = "AgbApiError";
    constructor(
        /** The call, by its name in the API: `createSession`. */
        readonly call: string,
        /** AGB's own code, such as `InvalidMcpSession.NotFound`; empty where it gave none. */
        readonly code: string,
        /** AGB's own words. */
        readonly serverMessage: string,
        readonly httpStatus: number,
        readonly requestId: string,
    ) {
        super(refusalText(call, code, serverMessage, httpStatus, requestId));
    }
}

/** No usable answer came: no connection, a time-out, or something that is not AGB. */
export class AgbConnectionError extends Error {
    override readonly name = "AgbConnectionError";
    constructor(
        readonly call: string,
        message: string,
        /** Whether the request may have reached AGB and taken effect although no answer came. */
        readonly mayHaveTakenEffect: boolean,
    ) {
        super(message);
    }
}

/** The settings do not say how to reach AGB: no key, or an endpoint that cannot be used. */
export class AgbSettingsError extends Error {
    override readonly name = "AgbSettingsError";
}

/** Whether a call that failed may have been carried out all the same. */
export function mayHaveTakenEffect(error: unknown): boolean {
    if (error instanceof AgbConnectionError) return error.mayHaveTakenEffect;
    // A server that broke down says nothing about how far it came; 503 says that it did not begin.
    return error instanceof AgbApiError && error.httpStatus >= 500 && error.httpStatus !== 503;
}

function refusalText(call: string, code: string, serverMessage: string, httpStatus: number, requestId: string): string {
    const details = [code || `HTTP ${httpStatus}`, ...(requestId ? [`request ${requestId}`] : [])].join(", ");
    const sentence = serverMessage.trim().replace(/\s+/g, " ").replace(/\.$/, "");
    if ((httpStatus === 401 || httpStatus === 403) && call !== UPLOAD && call !== DOWNLOAD) {
        return `AGB does not accept the API key: ${sentence || "no reason given"} (${details}). Check agb:apiKey or AGB_API_KEY; \`pulumi destroy\` and \`pulumi refresh\` use the configuration of the last \`pulumi up\`.`;
    }
    return `AGB said: ${sentence || "no reason given"} (${details}).`;
}
