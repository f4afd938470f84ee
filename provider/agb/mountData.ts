/**
 * Whether a mount has the data of its context. An upload of a mount without its data removes that data from the context, so
 * every upload and every release asks here first.
 */
import { SyncMode, SyncStatus } from "./policy";
import type { MountAddress } from "./requests";
import { isFinished, isLater, unlistedTask } from "./syncTasks";
import type { SyncTask } from "./wire";

/** A mount, with what is known of its download apart from AGB's current list of tasks. */
export interface MountDownload extends MountAddress {
    /** Whether the mount downloads its data when the session starts, so that download must have succeeded, if known. */
    autoDownload?: boolean | undefined;
    /** The download as it was seen before. It counts if AGB no longer lists it. */
    known?: SyncTask | undefined;
}

/**
 * The downloads without which a mount may lack data: those that have not succeeded, and that no later download has repeated.
 * Downloads of folders above and below the mount count as well. A mount without any download, and which needs none, lacks
 * nothing.
 */
export function missingDownloads(mount: MountDownload, listed: SyncTask[]): SyncTask[] {
    const downloads = listed.filter((task) => task.taskType === SyncMode.Download && concernsMount(task, mount));
    if (!coversMount(mount, downloads)) {
        if (mount.known && isFinished(mount.known)) downloads.push(mount.known);
        else if (mount.autoDownload) downloads.push(unlistedTask(mount, SyncMode.Download));
    }
    const isRepeated = (task: SyncTask) =>
        downloads.some(
            (other) =>
                other.status === SyncStatus.Success &&
                isLater(other, task) &&
                // Of a download of a folder above the mount, only the part in the mount counts.
                contains(other.path, contains(task.path, mount.path) ? mount.path : task.path),
        );
    return downloads.filter((task) => task.status !== SyncStatus.Success && !isRepeated(task));
}

/** Whether a task is a sync of the mount, or of a folder above or below it. */
export const concernsMount = (task: MountAddress, mount: MountAddress): boolean =>
    task.contextId === mount.contextId && (contains(task.path, mount.path) || contains(mount.path, task.path));

/** Whether one of the downloads is of the whole mount. */
export const coversMount = (mount: MountAddress, downloads: SyncTask[]): boolean =>
    downloads.some(
        (task) =>
            task.taskType === SyncMode.Download &&
            task.contextId === mount.contextId &&
            contains(task.path, mount.path),
    );

/** Whether `inner` is the folder `outer` or lies below it. */
const contains = (outer: string, inner: string): boolean => withSlash(inner).startsWith(withSlash(outer));
const withSlash = (path: string): string => `${path.replace(/\/+$/, "")}/`;
