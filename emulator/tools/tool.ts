/** What a session tool is: a name, its arguments, and what it does in a session's workspace. */
import { z } from "zod";
import { SessionPathError, type Workspace } from "../paths";

/** The result of a tool call. A failure is a result too, with `isError` and the reason as text. */
export interface ToolResult {
    content: { type: "text"; text: string }[];
    isError: boolean;
}

/** A tool as clients see it in lists. */
export interface ToolDescription {
    name: string;
    description: string;
    inputSchema: Record<string, unknown>;
    server: string;
    tool: string;
}

/** A tool that validates its own arguments. */
export interface Tool {
    name: string;
    description: string;
    inputSchema: Record<string, unknown>;
    call(workspace: Workspace, args: unknown): Promise<string>;
}

/** Why a tool failed. The result prepends the names of the tool and the path. */
export class ToolFailure extends Error {
    override readonly name = "ToolFailure";
}

/** A failure whose message is the complete result, in a format of the tool's own. */
export class StructuredFailure extends Error {
    override readonly name = "StructuredFailure";
}

/** Defines a tool whose arguments match a schema. */
export function tool<T extends z.ZodType>(
    name: string,
    description: string,
    schema: T,
    run: (workspace: Workspace, args: z.output<T>) => Promise<string>,
): Tool {
    return {
        name,
        description,
        inputSchema: z.toJSONSchema(schema, { io: "input" }),
        async call(workspace, args) {
            const parsed = schema.safeParse(args);
            if (!parsed.success) {
                throw new ToolFailure(
                    parsed.error.issues
                        .map((issue) => `${issue.path.join(".") || "args"}: ${issue.message}`)
                        .join("; "),
                );
            }
            return run(workspace, parsed.data);
        },
    };
}

/** Why something failed, in one line and without paths on this machine. */
export function errorReason(error: unknown): string {
    if (error instanceof ToolFailure || error instanceof SessionPathError) return error.message;
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    return code === undefined ? "internal error" : (REASONS[code] ?? code);
}

const REASONS: Record<string, string> = {
    // AGB's documentation looks for "not found" in the message.
    ENOENT: "not found: no such file or directory",
    EEXIST: "already exists",
    EISDIR: "is a directory",
    ENOTDIR: "is not a directory",
    ENOTEMPTY: "directory is not empty",
    EACCES: "permission denied",
    EPERM: "permission denied",
    ELOOP: "is a symbolic link that was changed at the same time",
    ENXIO: "is not a regular file",
    ENOSPC: "no space left on the disk",
    ENAMETOOLONG: "name is too long",
    EINVAL: "invalid operation",
    EBUSY: "is in use",
};
