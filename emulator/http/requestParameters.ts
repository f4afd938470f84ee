/** The parameters of a request that may be shown. */

/**
 * Names of parameters that say what a call was about. All others are left out: labels, contents, commands and signatures may
 * be secret, and so may parameters that are not known yet.
 */
const SHOWN = [
    "sessionId",
    "contextId",
    "id",
    "name",
    "tool",
    "imageId",
    "path",
    "filePath",
    "parentFolderPath",
    "mode",
    "taskType",
    "allowCreate",
    "timeout",
    "pageNumber",
    "pageSize",
    "maxResults",
    "nextToken",
];
const MAX_LENGTH = 300;

/** The shown parameters of a query and a body. A parameter of the query has precedence. */
export function shownParameters(query: unknown, body: unknown): Record<string, string> {
    const shown: Record<string, string> = {};
    const given = { ...asRecord(body), ...asRecord(query) };
    for (const name of SHOWN) {
        const value = given[name];
        if (typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value !== "")) {
            shown[name] = String(value).slice(0, MAX_LENGTH);
        }
    }
    return shown;
}

/** Bodies with the bytes of a file are streams, which have no parameters. */
function asRecord(value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null || "pipe" in value) return {};
    return value as Record<string, unknown>;
}
