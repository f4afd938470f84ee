/** The session tools of the local AGB: what clients call by name to work inside a session. */
import type { SessionSpace } from "../paths";
import { forgetChanges, getFileChange } from "./changes";
import { endCommands } from "./sandbox/index";
import { editFile, readFile, readMultipleFiles, writeFile } from "./files";
import { createDirectory, deleteFile, getFileInfo, listDirectory, moveFile, searchFiles } from "./folders";
import { getMetrics } from "./metrics";
import { runCode } from "./code";
import { shell } from "./shell";
import { StructuredFailure, errorReason, type Tool, type ToolDescription, type ToolResult } from "./tool";

export type { ToolDescription, ToolResult } from "./tool";

const tools: Tool[] = [
    writeFile,
    readFile,
    readMultipleFiles,
    editFile,
    createDirectory,
    listDirectory,
    getFileInfo,
    deleteFile,
    moveFile,
    searchFiles,
    getFileChange,
    shell,
    runCode,
    getMetrics,
];
const toolsByName = new Map(tools.map((each) => [each.name, each]));

/** The server that the tools say they are of; a client names it when it calls one over the link. */
export const TOOL_SERVER = "local";

/** Runs a tool in the space of a session. Never throws: a failure is an answer with `isError`. */
export async function callTool(space: SessionSpace, name: string, args: unknown): Promise<ToolResult> {
    try {
        const found = toolsByName.get(name);
        if (found === undefined)
            return answer(
                `tool ${JSON.stringify(name)} is not known; there are ${[...toolsByName.keys()].join(", ")}`,
                true,
            );
        return answer(await found.call(space, args), false);
    } catch (error) {
        if (error instanceof StructuredFailure) return answer(error.message, true);
        return answer([name, pathIn(args), errorReason(error)].filter((part) => part !== undefined).join(": "), true);
    }
}

/** The tools that every session has, whatever its image. */
export function listTools(): ToolDescription[] {
    return tools.map(({ name, description, inputSchema }) => ({
        name,
        description,
        inputSchema,
        server: TOOL_SERVER,
        tool: name,
    }));
}

/** Ends a session's commands and drops what the tools remember of it. To be called when it is released, before its disk is taken. */
export async function forgetSession(sessionId: string): Promise<void> {
    await endCommands(sessionId);
    forgetChanges(sessionId);
}

function answer(text: string, isError: boolean): ToolResult {
    return { content: [{ type: "text", text }], isError };
}

/** The path that an error is about, as the caller gave it. */
function pathIn(args: unknown): string | undefined {
    if (typeof args !== "object" || args === null) return undefined;
    const path = "path" in args ? args.path : "source" in args ? args.source : undefined;
    return typeof path === "string" ? path : undefined;
}
