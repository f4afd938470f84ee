/** Warnings about resources of one deployment that would overwrite or remove each other's files. */
import { UploadMode } from "../../agb/policy";
import type { Declared } from "./deployOrder";
import type { Content, Writer } from "./writer";

/** Two sessions upload the same files. */
export function rivalWarning(first: Writer, second: Writer): string {
    const paths =
        first.path === second.path
            ? `${first.by.shown} and ${second.by.shown} both upload ${first.path}`
            : `${first.by.shown} uploads ${first.path} and ${second.by.shown} uploads ${second.path}`;
    const removal =
        first.removes || second.removes
            ? " and removes what only the other session has. Set policy.deletePolicy: { syncLocalFile: false } to keep it"
            : "";
    return `${paths} to context ${first.contextId}: the last upload of each file wins${removal}.`;
}

/** A session uploads a folder into which a resource puts files. */
export function contentWarning(writer: Writer, { by, contextId, path, files }: Content): string {
    const puts = files ? `puts files into ${path}` : `puts ${path}`;
    const harm = `${writer.removes ? `remove ${files ? "them" : "it"} or ` : ""}bring old content back`;
    const risk = writer.isSync
        ? `the upload may ${harm}. Set the option dependsOn on the one to deploy last`
        : `the session may start too early, and its upload may then ${harm}. Set the option dependsOn: the session should depend on the ${files ? "folder" : "file"}`;
    return `${by.shown} ${puts} in context ${contextId}, where ${writer.by.shown} uploads ${writer.path}, and neither depends on the other: ${risk}.`;
}

/** Two mounts of one folder keep it in different formats. */
export function modeWarning(
    { contextId, path }: { contextId: string; path: string },
    mine: { by: Declared; mode: UploadMode },
    other: { by: Declared; mode: UploadMode },
): string {
    return `${mine.by.shown} keeps ${path} in context ${contextId} as ${describeMode(mine.mode)}, ${other.by.shown} as ${describeMode(other.mode)}. AGB does not support both at one path: use the same uploadMode, or different paths or contexts.`;
}

const describeMode = (mode: UploadMode) => (mode === UploadMode.Archive ? "an archive" : "files");
