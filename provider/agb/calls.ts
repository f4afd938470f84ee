/** Every call of the AGB API that the client makes. */

export interface Call {
    readonly name: string;
    readonly method: "GET" | "POST";
    readonly path: string;
    /**
     * Whether it may be sent again although it may have taken effect: it only reads, or doing it twice is the same as
     * doing it once. AGB reads by POST too, so the method does not tell.
     */
    readonly repeatable: boolean;
}

const read = (method: "GET" | "POST", path: string): Call => call(method, path, true);
const idempotent = (path: string): Call => call("POST", path, true);
const effect = (path: string): Call => call("POST", path, false);

function call(method: "GET" | "POST", path: string, repeatable: boolean): Call {
    return { name: path.slice(path.lastIndexOf("/") + 1), method, path, repeatable };
}

export const calls = {
    // Asking for a name with allowCreate makes the context once, and hands out the same one from then on.
    getContext: read("GET", "/sdk/GetContext"),
    listContexts: read("GET", "/sdk/ListContexts"),
    modifyContext: idempotent("/sdk/ModifyContext"),
    deleteContext: effect("/sdk/DeleteContext"),
    clearContext: idempotent("/sdk/ClearContext"),
    contextFileUploadUrl: read("POST", "/sdk/GetContextFileUploadUrl"),
    contextFileDownloadUrl: read("POST", "/sdk/GetContextFileDownloadUrl"),
    contextFiles: read("POST", "/sdk/DescribeContextFiles"),
    deleteContextFile: idempotent("/sdk/DeleteContextFile"),
    createSession: effect("/mcp/createSession"),
    getSession: read("POST", "/mcp/getSession"),
    sessionInfo: read("POST", "/mcp/getSessionInfo"),
    releaseSession: effect("/mcp/releaseSessionAsync"),
    refreshIdleTime: idempotent("/mcp/refreshSessionIdleTime"),
    listSessions: read("GET", "/sdk/ListSession"),
    setLabels: idempotent("/sdk/SetLabel"),
    getLabels: read("GET", "/sdk/GetLabel"),
    syncContext: effect("/sdk/SyncContext"),
    contextInfo: read("GET", "/sdk/GetContextInfo"),
    callTool: effect("/mcp"),
} as const satisfies Record<string, Call>;
