/** Warnings about mounts that may lose data or have no effect. Unknown values cause no warning. */
import type { MaybeUnknownFields } from "../contract";
import { displayName } from "../origin";
import { trimTrailingSlash } from "../support/paths";
import { knownMounts, type Mount } from "./mounts";
import { autoDownloads, autoUploads, type SessionInputs } from "./state";

/** Folders that a session can write to. */
const WRITABLE = /^\/(?:home|tmp)(?:\/|$)/;

export const isWritablePath = (path: string): boolean => WRITABLE.test(path);

/** Warnings about each mount of a session on its own. */
export function mountWarnings(inputs: MaybeUnknownFields<SessionInputs>): string[] {
    const session = displayName("Session", inputs);
    return knownMounts(inputs).flatMap((mount) => warningsAbout(session, mount));
}

/** Warns if a context moves to another path without a mapping, because data is bound to the path at which it was written. */
export function warnAboutMoves(before: Mount[], inputs: MaybeUnknownFields<SessionInputs>): string[] {
    const after = knownMounts(inputs);
    const isNow = new Set(after.map(addressOf));
    const wasBefore = new Set(before.map(addressOf));
    const left = groupByContext(before.filter((mount) => !isNow.has(addressOf(mount))));
    return after.flatMap((mount) => {
        const { contextId, path, policy } = mount;
        if (policy.mappingPolicy || wasBefore.has(addressOf(mount))) return [];
        const old = left.get(contextId)?.shift();
        if (!old) return [];
        return [
            `${displayName("Session", inputs)}: context ${contextId} moves from ${old.path} to ${path}, where its data is not visible, because data is bound to the path at which it was written. ` +
                `To see it there, set policy.mappingPolicy: { path: "${old.path}" }.`,
        ];
    });
}

const addressOf = ({ contextId, path }: Mount) => `${contextId}:${trimTrailingSlash(path)}`;

function groupByContext(mounts: Mount[]): Map<string, Mount[]> {
    const groups = new Map<string, Mount[]>();
    for (const mount of mounts) {
        const group = groups.get(mount.contextId);
        if (group) group.push(mount);
        else groups.set(mount.contextId, [mount]);
    }
    return groups;
}

function warningsAbout(session: string, mount: Mount): string[] {
    const warnings: string[] = [];
    if (!isWritablePath(mount.path)) {
        warnings.push(`${session}: no session can write to ${mount.path}. Mount below /home or /tmp.`);
    }
    if (autoUploads(mount) && mount.policy.deletePolicy.syncLocalFile && !autoDownloads(mount)) {
        warnings.push(
            `${session}: the mount at ${mount.path} uploads but does not download, so its first upload removes from context ${mount.contextId} everything that is not in the session. ` +
                "Set policy.deletePolicy: { syncLocalFile: false } or downloadPolicy: { autoDownload: true }.",
        );
    }
    return warnings;
}
