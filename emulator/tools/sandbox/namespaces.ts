/** Sandboxes that use Linux namespaces and only the commands of util-linux. */
import { INFO_FD, WAIT, type Sandbox } from "./sandbox";
import type { SandboxFs } from "./sandboxFs";

/** Needs the privilege to create namespaces, which root usually has. */
export const namespaces = namespaceSandbox("namespaces", []);

/** Creates a user namespace first. It works for users without privileges, if the system lets them create it. */
export const userNamespaces = namespaceSandbox("user namespaces", ["--user", "--map-root-user"]);

function namespaceSandbox(name: string, userNamespace: readonly string[]): Sandbox {
    return {
        name,
        command: (fs) => ({
            argv: [
                // Otherwise, the sandbox would survive when its parent is killed.
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--",
                "unshare",
                ...userNamespace,
                "--mount",
                "--pid",
                "--net",
                "--ipc",
                "--uts",
                "--fork",
                "--kill-child",
                "--",
                "sh",
                "-c",
                setupScript(fs),
                "sh",
                ...WAIT,
            ],
            inputs: [],
        }),
    };
}

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

/** The script that builds the file system in memory, makes it the root, drops all privileges, and becomes its arguments. */
function setupScript({ readOnly, links, files, writable }: SandboxFs): string {
    const folders = new Set([
        "/proc",
        "/dev/shm",
        "/.old",
        ...Object.keys(writable),
        ...[...readOnly, ...Object.keys(links), ...Object.keys(files)].map(folderOf),
    ]);
    const mounts = [
        ...readOnly.map((path) => mountLine(path, path, "bind,ro,nosuid,nodev")),
        ...Object.entries(writable).map(([path, hostPath]) => mountLine(hostPath, path, "bind,nosuid,nodev")),
        ...DEVICES.map((name) => mountLine(`/dev/${name}`, `/dev/${name}`, "bind,nosuid")),
        `proc ${ROOT}/proc proc ro,nosuid,nodev,noexec 0 0`,
    ];
    return [
        "set -e",
        // The /proc of this machine is still mounted, so this is the id that it shows.
        `read -r pid rest < /proc/self/stat; echo "\\"child-pid\\": $pid" >&${INFO_FD}; exec ${INFO_FD}>&-`,
        START_LOOPBACK,
        `mount -t tmpfs -o mode=755,nosuid,nodev,size=1m tmpfs ${ROOT}`,
        `cd ${ROOT}`,
        `mkdir -p ${[...folders].map((path) => quoted(`.${path}`)).join(" ")}`,
        // A mount point must be a file for a file, and a folder for a folder.
        ...readOnly.map(
            (path) =>
                `if [ -d ${quoted(path)} ]; then mkdir -p ${quoted(`.${path}`)}; else : > ${quoted(`.${path}`)}; fi`,
        ),
        `for device in ${DEVICES.join(" ")}; do : > dev/$device; done`,
        "ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr",
        ...Object.entries(links).map(([path, target]) => `ln -s ${quoted(target)} ${quoted(`.${path}`)}`),
        ...Object.entries(files).map(([path, text]) => `printf %s ${quoted(text)} > ${quoted(`.${path}`)}`),
        `printf '%s\\n' ${mounts.map(quoted).join(" ")} > .old/fstab`,
        "mount --all --fstab .old/fstab",
        "rm .old/fstab",
        "pivot_root . .old",
        "umount -l /.old",
        "rmdir /.old",
        "mount -o remount,bind,ro,nosuid,nodev /",
        'exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- "$@"',
    ].join("\n");
}

/** A new network has a loopback interface, but it is down. The command for it, `ip`, is missing on small systems. */
const START_LOOPBACK = `ip link set lo up 2> /dev/null || perl -e 'socket(S, 2, 2, 0); $up = pack("a16sx22", "lo", 1); ioctl(S, 0x8914, $up) or exit 1' 2> /dev/null || python3 -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(type=socket.SOCK_DGRAM), 0x8914, struct.pack("16sh22x", b"lo", 1))' 2> /dev/null || true`;

/** Where the new root is assembled: a folder that every Linux system has. */
const ROOT = "/mnt";

/** A line of fstab. White space, backslashes and `#` are escaped in octal. */
function mountLine(hostPath: string, path: string, options: string): string {
    const escaped = (text: string): string =>
        text.replace(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
    return `${escaped(hostPath)} ${escaped(ROOT + path)} none ${options} 0 0`;
}

function folderOf(path: string): string {
    return path.slice(0, path.lastIndexOf("/"));
}

/** Quotes a text as one word of a shell command. */
export function quoted(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
