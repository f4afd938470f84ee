/** Warnings about mounts that may lose data or have no effect. Unknown values cause no warning. */
import { unknown, type MaybeUnknown, type MaybeUnknownFields } from "../contract";
import { displayName } from "../origin";
import { contextIdWarnings } from "../support/contextIds";
import { pathWarnings } from "../support/lookAlikes";
import { isWritablePath, trimTrailingSlash } from "../support/paths";
import { asList } from "../support/values";
import { isKnown, knownMounts, type Mount } from "./mounts";
import { policyPaths } from "./policyPaths";
import { autoDownloads, autoUploads, type SessionInputs } from "./state";

/** Warnings about each mount of a session on its own. */
export function mountWarnings(inputs: MaybeUnknownFields<SessionInputs>): string[] {
    const session = displayName("Session", inputs);
    return asList(inputs.contextSyncs).flatMap((mount, i) =>
        warningsAbout(session, `contextSyncs[${i}]`, mount as MaybeUnknown<Mount>),
    );
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

function warningsAbout(session: string, at: string, mount: MaybeUnknown<Mount>): string[] {
    if (mount === unknown) return [];
    const { contextId, path, policy } = mount;
    return [
        ...contextIdWarnings(session, `${at}.contextId`, contextId),
        ...pathWarnings(session, `${at}.path`, path),
        ...(path === unknown || isWritablePath(path)
            ? []
            : [
                  `${session}: ${at}.path "${path}" is not a place that sessions can write to. Mount below /home or /tmp.`,
              ]),
        ...policyPaths(policy).flatMap((entry) => pathWarnings(session, `${at}.policy.${entry.at}`, entry.path)),
        ...(isKnown<Mount["policy"]>(policy) ? emptyingWarnings(session, mount, policy) : []),
    ];
}

function emptyingWarnings(
    session: string,
    { contextId, path }: Exclude<MaybeUnknown<Mount>, typeof unknown>,
    policy: Mount["policy"],
): string[] {
    if (!autoUploads({ policy }) || autoDownloads({ policy }) || !policy.deletePolicy.syncLocalFile) return [];
    const mount = path === unknown ? "a mount" : `the mount at ${path}`;
    const context = contextId === unknown ? "its context" : `context ${contextId}`;
    return [
        `${session}: ${mount} uploads but does not download, so its first upload removes from ${context} everything that is not in the session. ` +
            "Set policy.deletePolicy: { syncLocalFile: false } or downloadPolicy: { autoDownload: true }.",
    ];
}
