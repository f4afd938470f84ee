/** The tool that tells what changed in a folder since it was last asked. */
import { z } from "zod";
import { normalSessionPath, tree, withHostPath } from "../paths";
import { tool } from "./tool";

interface Seen {
    kind: "file" | "directory" | "other";
    size: number;
    modifiedMs: number;
}

/** What each session saw last, by session and folder. */
const lastSeen = new Map<string, Map<string, Map<string, Seen>>>();

/** Drops what is remembered of a session that is gone. */
export function forgetChanges(sessionId: string): void {
    lastSeen.delete(sessionId);
}

export const getFileChange = tool(
    "get_file_change",
    "Tells what was created, modified or deleted below a folder since the last call for it; nothing at the first.",
    z.object({
        path: z.string().describe("Absolute path of a folder in the session."),
    }),
    (space, args) =>
        withHostPath(space, args.path, async (hostPath) => {
            const folder = normalSessionPath(args.path);
            const now = new Map<string, Seen>();
            for await (const { relativePath, ...seen } of tree(hostPath)) now.set(relativePath, seen);
            const ofSession = lastSeen.get(space.sessionId) ?? new Map<string, Map<string, Seen>>();
            lastSeen.set(space.sessionId, ofSession);
            const before = ofSession.get(folder) ?? now;
            ofSession.set(folder, now);
            return JSON.stringify(
                changes(before, now).map(({ eventType, relativePath, kind }) => ({
                    eventType,
                    path: `${folder}/${relativePath}`,
                    pathType: kind === "directory" ? "directory" : "file",
                })),
            );
        }),
);

function changes(
    before: Map<string, Seen>,
    now: Map<string, Seen>,
): { eventType: "create" | "modify" | "delete"; relativePath: string; kind: Seen["kind"] }[] {
    const found: ReturnType<typeof changes> = [];
    for (const [relativePath, seen] of now) {
        const old = before.get(relativePath);
        if (old === undefined) found.push({ eventType: "create", relativePath, kind: seen.kind });
        else if (seen.kind !== "directory" && (old.modifiedMs !== seen.modifiedMs || old.size !== seen.size))
            found.push({ eventType: "modify", relativePath, kind: seen.kind });
    }
    for (const [relativePath, { kind }] of before) {
        if (!now.has(relativePath)) found.push({ eventType: "delete", relativePath, kind });
    }
    return found;
}
