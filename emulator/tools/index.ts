/** The session tools of the local AGB, which clients call by name to work inside a session. */
import type { Workspace } from "../paths";
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
const toolsByName = new Map(tools.map((tool) => [tool.name, tool]));

/** The tool server that tools are listed under. Clients name it when they call a tool over the link. */
const TOOL_SERVER = "local";

/** Runs a tool in a session's workspace. Never throws: a failure is a result with `isError`. */
export async function callTool(workspace: Workspace, name: string, args: unknown): Promise<ToolResult> {
    try {
        const tool = toolsByName.get(name);
        if (tool === undefined) {
            return toResult(
                `tool ${JSON.stringify(name)} does not exist. Available tools: ${[...toolsByName.keys()].join(", ")}`,
                true,
            );
        }
        return toResult(await tool.call(workspace, args), false);
    } catch (error) {
        if (error instanceof StructuredFailure) return toResult(error.message, true);
        return toResult([name, pathIn(args), errorReason(error)].filter((part) => part !== undefined).join(": "), true);
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

/** Ends a session's commands and discards what the tools remember about it. Call it on release, before the disk is removed. */
export async function forgetSession(sessionId: string): Promise<void> {
    await endCommands(sessionId);
    forgetChanges(sessionId);
}

function toResult(text: string, isError: boolean): ToolResult {
    return { content: [{ type: "text", text }], isError };
}

/** The path that an error is about, as the caller wrote it. */
function pathIn(args: unknown): string | undefined {
    if (typeof args !== "object" || args === null) return undefined;
    const path = "path" in args ? args.path : "source" in args ? args.source : undefined;
    return typeof path === "string" ? path : undefined;
}
