/** A sandbox that uses bubblewrap (the command `bwrap`), which every Linux distribution packages. */
import { FIRST_INPUT_FD, INFO_FD, WAIT, type Sandbox } from "./sandbox";

export const bubblewrap: Sandbox = {
    name: "bubblewrap",
    command({ readOnly, links, files, writable, sharedMemoryBytes }) {
        return {
            argv: [
                "bwrap",
                ...Object.entries(readOnly).flatMap(([path, hostPath]) => ["--ro-bind", hostPath, path]),
                ...Object.entries(links).flatMap(([path, target]) => ["--symlink", target, path]),
                // Read-only as a whole: for root, bubblewrap leaves the kernel settings in /proc/sys writable.
                "--proc",
                "/proc",
                "--remount-ro",
                "/proc",
                "--dev",
                "/dev",
                "--size",
                String(sharedMemoryBytes),
                "--perms",
                "1777",
                "--tmpfs",
                "/dev/shm",
                "--remount-ro",
                "/dev",
                ...Object.entries(writable).flatMap(([path, hostPath]) => ["--bind", hostPath, path]),
                "--dir",
                "/etc",
                ...Object.keys(files).flatMap((path, index) => ["--file", String(FIRST_INPUT_FD + index), path]),
                "--remount-ro",
                "/",
                "--unshare-all",
                // With another user, bubblewrap would create a second user namespace, which commands could not enter.
                "--uid",
                "0",
                "--gid",
                "0",
                "--die-with-parent",
                "--cap-drop",
                "ALL",
                "--as-pid-1",
                "--info-fd",
                String(INFO_FD),
                "--",
                ...WAIT,
            ],
            inputs: Object.values(files),
        };
    },
};
