/** The tool that reports what changed in a folder since its last call. */
import { z } from "zod";
import { normalSessionPath, tree, withHostPath } from "../paths";
import { tool } from "./tool";

interface Entry {
    kind: "file" | "directory" | "other";
    size: number;
    modifiedMs: number;
}

/** The entries of a folder, by relative path. */
type Snapshot = Map<string, Entry>;

/** The latest snapshots, by session and folder. */
const snapshots = new Map<string, Map<string, Snapshot>>();

/** Discards the snapshots of a session that has ended. */
export function forgetChanges(sessionId: string): void {
    snapshots.delete(sessionId);
}

export const getFileChange = tool(
    "get_file_change",
    "Reports what was created, modified or deleted below a folder since the last call for it. The first call reports nothing.",
    z.object({
        path: z.string().describe("Absolute path of a folder in the session."),
    }),
    (workspace, args) =>
        withHostPath(workspace, args.path, async (hostPath) => {
            const folder = normalSessionPath(args.path);
            const current: Snapshot = new Map();
            for await (const { relativePath, ...entry } of tree(hostPath)) current.set(relativePath, entry);
            const ownSnapshots = snapshots.get(workspace.sessionId) ?? new Map<string, Snapshot>();
            snapshots.set(workspace.sessionId, ownSnapshots);
            const previous = ownSnapshots.get(folder) ?? current;
            ownSnapshots.set(folder, current);
            return JSON.stringify(
                compare(previous, current).map(({ eventType, relativePath, kind }) => ({
                    eventType,
                    path: `${folder}/${relativePath}`,
                    pathType: kind === "directory" ? "directory" : "file",
                })),
            );
        }),
);

interface Change {
    eventType: "create" | "modify" | "delete";
    relativePath: string;
    kind: Entry["kind"];
}

function compare(previous: Snapshot, current: Snapshot): Change[] {
    const changes: Change[] = [];
    for (const [relativePath, entry] of current) {
        const old = previous.get(relativePath);
        const { kind } = entry;
        if (old === undefined) changes.push({ eventType: "create", relativePath, kind });
        else if (kind !== "directory" && (old.modifiedMs !== entry.modifiedMs || old.size !== entry.size)) {
            changes.push({ eventType: "modify", relativePath, kind });
        }
    }
    for (const [relativePath, { kind }] of previous) {
        if (!current.has(relativePath)) changes.push({ eventType: "delete", relativePath, kind });
    }
    return changes;
}
