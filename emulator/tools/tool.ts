/** What a session tool is: a name, the arguments it takes, and what it does in the space of a session. */
import { z } from "zod";
import { SessionPathError, type SessionSpace } from "../paths";

/** What a tool call answers. A failure is an answer too: `isError`, and the reason as text. */
export interface ToolResult {
    content: { type: "text"; text: string }[];
    isError: boolean;
}

/** How a tool is announced to clients. */
export interface ToolDescription {
    name: string;
    description: string;
    inputSchema: Record<string, unknown>;
    server: string;
    tool: string;
}

/** A tool, its arguments not yet looked at. */
export interface Tool {
    name: string;
    description: string;
    inputSchema: Record<string, unknown>;
    call(space: SessionSpace, args: unknown): Promise<string>;
}

/** The reason why a tool could not do its work, which the answer gives after the names of the tool and the path. */
export class ToolFailure extends Error {
    override readonly name = "ToolFailure";
}

/** A failure whose text is the whole answer: what the tool has to say in a form of its own. */
export class StructuredFailure extends Error {
    override readonly name = "FailedAnswer";
}

/** A tool whose arguments are as `args` says. */
export function tool<T extends z.ZodType>(
    name: string,
    description: string,
    args: T,
    run: (space: SessionSpace, args: z.output<T>) => Promise<string>,
): Tool {
    return {
        name,
        description,
        inputSchema: z.toJSONSchema(args, { io: "input" }),
        async call(space, given) {
            const parsed = args.safeParse(given);
            if (!parsed.success)
                throw new ToolFailure(
                    parsed.error.issues
                        .map((issue) => `${issue.path.join(".") || "args"}: ${issue.message}`)
                        .join("; "),
                );
            return run(space, parsed.data);
        },
    };
}

/** Why something failed, in one line without a path of this machine. */
export function errorReason(error: unknown): string {
    if (error instanceof ToolFailure || error instanceof SessionPathError) return error.message;
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    return code === undefined ? "internal error" : (REASONS[code] ?? code);
}

const REASONS: Record<string, string> = {
    ENOENT: "no such file or directory",
    EEXIST: "exists already",
    EISDIR: "is a directory",
    ENOTDIR: "is not a directory",
    ENOTEMPTY: "directory is not empty",
    EACCES: "permission denied",
    EPERM: "permission denied",
    ELOOP: "is a symbolic link that changed meanwhile",
    ENXIO: "is not a regular file",
    ENOSPC: "no space left on the disk",
    ENAMETOOLONG: "name is too long",
    EINVAL: "invalid operation",
    EBUSY: "is in use",
};
