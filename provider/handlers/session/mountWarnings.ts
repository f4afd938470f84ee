/** Warnings about mounts that may lose data or have no effect. Unknown values cause no warning. */
import { UploadMode } from "../../agb/policy";
import { unknown, type MaybeUnknown, type MaybeUnknownFields } from "../contract";
import { displayName } from "../origin";
import type { Mount } from "./mounts";
import { autoDownloads, autoUploads, type SessionInputs } from "./state";

/** Folders that a session can write to. */
const WRITABLE = /^\/(?:home|tmp)(?:\/|$)/;

/** A mount that a session of this deployment declares. */
interface DeclaredMount {
    session: string;
    contextId: string;
    path: string;
    mode: UploadMode;
    uploads: boolean;
    /** Whether its upload removes from the context everything that is not in the session. */
    removes: boolean;
}

/** The mounts of all sessions in a deployment, collected while their inputs are checked. */
export class DeclaredMounts {
    readonly #bySession = new Map<string, DeclaredMount[]>();

    /** Warnings for this session, on its own and together with those declared before it. */
    declare(inputs: MaybeUnknownFields<SessionInputs>): string[] {
        const session = displayName("Session", inputs);
        const known = knownMounts(inputs);
        const mine = known.map((mount) => {
            const { contextId, path, policy } = mount;
            return {
                session,
                contextId,
                path,
                mode: policy.uploadPolicy.uploadMode,
                uploads: autoUploads(mount),
                removes: policy.deletePolicy.syncLocalFile,
            };
        });
        const key = JSON.stringify([inputs.__origin?.parents, inputs.__origin?.name]);
        this.#bySession.delete(key);
        const others = [...this.#bySession.values()].flat();
        this.#bySession.set(key, mine);
        return [
            ...known.flatMap((mount) => mountWarnings(session, mount)),
            ...mine.flatMap((mount, i) => conflictWarnings(mount, [...others, ...mine.slice(0, i)])),
        ];
    }
}

/** Warns if a context moves to another path without a mapping, because data is bound to the path at which it was written. */
export function warnAboutMoves(before: Mount[], inputs: MaybeUnknownFields<SessionInputs>): string[] {
    const after = knownMounts(inputs);
    return after.flatMap(({ contextId, path, policy }) => {
        const old = before.filter((mount) => mount.contextId === contextId);
        if (policy.mappingPolicy || old.length === 0 || old.some((mount) => mount.path === path)) return [];
        const left = old.find(
            (mount) => !after.some((other) => other.contextId === contextId && other.path === mount.path),
        );
        if (!left) return [];
        return [
            `${displayName("Session", inputs)}: context ${contextId} moves from ${left.path} to ${path}, where its data is not visible, because data is bound to the path at which it was written. ` +
                `To see it there, set policy.mappingPolicy: { path: "${left.path}" }.`,
        ];
    });
}

function mountWarnings(session: string, mount: Mount): string[] {
    const warnings: string[] = [];
    if (!WRITABLE.test(mount.path)) {
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

function conflictWarnings(mount: DeclaredMount, others: DeclaredMount[]): string[] {
    const sharing = others.filter((other) => other.contextId === mount.contextId);
    const mixed = sharing.find((other) => other.mode !== mount.mode);
    const rival = sharing.find(
        (other) => other.session !== mount.session && other.path === mount.path && other.uploads && mount.uploads,
    );
    return [
        ...(mixed
            ? [
                  `${mount.session} keeps context ${mount.contextId} as ${describeMode(mount.mode)}, ${mixed.session} as ${describeMode(mixed.mode)}. AGB does not support both in one context: use the same uploadMode, or two contexts.`,
              ]
            : []),
        ...(rival
            ? [
                  `${rival.session} and ${mount.session} both upload ${mount.path} to context ${mount.contextId}: the last upload of each file wins${removal(mount, rival)}.`,
              ]
            : []),
    ];
}

const removal = (...rivals: DeclaredMount[]) =>
    rivals.some(({ removes }) => removes)
        ? " and removes what only the other session has. Set policy.deletePolicy: { syncLocalFile: false } to keep it"
        : "";

const describeMode = (mode: UploadMode) => (mode === UploadMode.Archive ? "an archive" : "files");

/** The mounts without unknown parts. In a preview nothing can be said about the others. */
function knownMounts({ contextSyncs }: MaybeUnknownFields<SessionInputs>): Mount[] {
    return Array.isArray(contextSyncs) ? contextSyncs.filter(isKnown) : [];
}

const isKnown = <T>(value: MaybeUnknown<T>): value is T & MaybeUnknown<T> =>
    value !== unknown && (typeof value !== "object" || value === null || Object.values(value).every(isKnown));
