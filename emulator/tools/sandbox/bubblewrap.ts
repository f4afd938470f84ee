/** A sandbox that uses bubblewrap (the command `bwrap`), which every Linux distribution packages. */
import { FIRST_INPUT_FD, type Sandbox } from "./sandbox";

export const bubblewrap: Sandbox = {
    name: "bubblewrap",
    command({ readOnly, links, files, writable }, argv) {
        return {
            argv: [
                "bwrap",
                ...readOnly.flatMap((path) => ["--ro-bind", path, path]),
                ...Object.entries(links).flatMap(([path, target]) => ["--symlink", target, path]),
                // Read-only as a whole: for root, bubblewrap leaves the kernel settings in /proc/sys writable.
                "--proc",
                "/proc",
                "--remount-ro",
                "/proc",
                "--dev",
                "/dev",
                ...Object.entries(writable).flatMap(([path, hostPath]) => ["--bind", hostPath, path]),
                "--dir",
                "/etc",
                ...Object.keys(files).flatMap((path, index) => ["--file", String(FIRST_INPUT_FD + index), path]),
                "--remount-ro",
                "/",
                "--unshare-all",
                "--die-with-parent",
                "--cap-drop",
                "ALL",
                "--",
                ...argv,
            ],
            inputs: Object.values(files),
        };
    },
};
