/** Sandboxes that use Linux namespaces and only the commands of util-linux. */
import { shellQuoted } from "../../../common/shellQuoted";
import { INFO_FD, WAIT, type Sandbox } from "./sandbox";
import type { MountPoint } from "./mountTable";
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
function setupScript({ readOnly, links, files, writable, sharedMemoryBytes, mountPoints }: SandboxFs): string {
    const folders = new Set([
        "/proc",
        "/dev/shm",
        "/.old",
        ...Object.keys(writable),
        ...[readOnly, links, files].flatMap((entries) => Object.keys(entries)).map(folderOf),
    ]);
    const mounts = [
        ...Object.entries(readOnly).map(([path, hostPath]) => bindLine(hostPath, path, "rbind,ro,nosuid,nodev")),
        ...Object.entries(writable).map(([path, hostPath]) =>
            bindLine(hostPath, path, keepNoExec("bind,nosuid,nodev", mountOf(hostPath, mountPoints))),
        ),
        ...DEVICES.map((name) => bindLine(`/dev/${name}`, `/dev/${name}`, "bind,nosuid")),
        `tmpfs ${ROOT}/dev/shm tmpfs size=${sharedMemoryBytes},mode=1777,nosuid,nodev 0 0`,
        `proc ${ROOT}/proc proc ro,nosuid,nodev,noexec 0 0`,
    ];
    return [
        "set -e",
        // The /proc of this machine is still mounted, so this is the id that it shows.
        `read -r pid rest < /proc/self/stat; echo '"child-pid":' $pid >&${INFO_FD}; exec ${INFO_FD}>&-`,
        START_LOOPBACK,
        `mount -t tmpfs -o mode=755,nosuid,nodev,size=1m tmpfs ${ROOT}`,
        `cd ${ROOT}`,
        `mkdir -p ${[...folders].map((path) => shellQuoted(`.${path}`)).join(" ")}`,
        // A mount point must be a file for a file, and a folder for a folder.
        ...Object.entries(readOnly).map(([path, hostPath]) => {
            const [to, from] = [shellQuoted(`.${path}`), shellQuoted(hostPath)];
            return `if [ -d ${from} ]; then mkdir -p ${to}; else : > ${to}; fi`;
        }),
        `for device in ${DEVICES.join(" ")}; do : > dev/$device; done`,
        "ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr",
        ...Object.entries(links).map(([path, target]) => `ln -s ${shellQuoted(target)} ${shellQuoted(`.${path}`)}`),
        ...Object.entries(files).map(([path, text]) => `printf %s ${shellQuoted(text)} > ${shellQuoted(`.${path}`)}`),
        `printf '%s\\n' ${mounts.map(shellQuoted).join(" ")} > .old/fstab`,
        "mount --all --fstab .old/fstab",
        "rm .old/fstab",
        ...Object.entries(readOnly).flatMap(([path, hostPath]) => protectMountsBelow(hostPath, path, mountPoints)),
        "pivot_root . .old",
        "umount -l /.old",
        "rmdir /.old",
        "mount -o remount,bind,ro,nosuid,nodev /",
        'exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- "$@"',
    ].join("\n");
}

/** The option `ro` of a recursive bind mount does not apply to what is mounted below it. */
function protectMountsBelow(hostPath: string, path: string, mountPoints: readonly MountPoint[]): string[] {
    return mountPoints
        .filter((mount) => mount.path.startsWith(`${hostPath}/`))
        .map((mount) => {
            const target = shellQuoted(ROOT + path + mount.path.slice(hostPath.length));
            const options = keepNoExec("remount,bind,ro,nosuid,nodev", mount);
            // One that another mount hides is not part of the new tree.
            return `if mountpoint -q ${target}; then mount -o ${options} ${target}; fi`;
        });
}

/** Without privileges over the machine, this option cannot be removed. */
function keepNoExec(options: string, mount: MountPoint | undefined): string {
    return mount?.options.includes("noexec") ? `${options},noexec` : options;
}

/** The mount that contains a path. */
function mountOf(path: string, mountPoints: readonly MountPoint[]): MountPoint | undefined {
    return (
        mountPoints
            .filter((mount) => mount.path === "/" || `${path}/`.startsWith(`${mount.path}/`))
            // The last one at a path hides the others.
            .reduce<MountPoint | undefined>(
                (deepest, mount) => (mount.path.length >= (deepest?.path.length ?? 0) ? mount : deepest),
                undefined,
            )
    );
}

/** A new network has a loopback interface, but it is down. The command for it, `ip`, is missing on small systems. */
const START_LOOPBACK = `ip link set lo up 2> /dev/null || perl -e 'socket(S, 2, 2, 0); $up = pack("a16sx22", "lo", 1); ioctl(S, 0x8914, $up) or exit 1' 2> /dev/null || python3 -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(type=socket.SOCK_DGRAM), 0x8914, struct.pack("16sh22x", b"lo", 1))' 2> /dev/null || true`;

/** Where the new root is assembled: a folder that every Linux system has. */
const ROOT = "/mnt";

/** A line of fstab. White space, backslashes and `#` are escaped in octal. */
function bindLine(hostPath: string, path: string, options: string): string {
    const escaped = (text: string): string =>
        text.replace(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
    return `${escaped(hostPath)} ${escaped(ROOT + path)} none ${options} 0 0`;
}

function folderOf(path: string): string {
    return path.slice(0, path.lastIndexOf("/"));
}
