/**
 * A sandbox that uses Linux namespaces and only the commands of util-linux. It works for root, and for other users if the
 * system lets them create user namespaces.
 */
import type { Sandbox } from "./sandbox";
import type { SandboxFs } from "./sandboxFs";

export const namespaces: Sandbox = {
    name: "namespaces",
    command(fs, argv) {
        // Users other than root need their own user namespace to mount file systems.
        const userNamespace = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
        return {
            argv: [
                // Otherwise, the command would survive when its parent is killed.
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
                ...argv,
            ],
            inputs: [],
        };
    },
};

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

/**
 * The script that builds the file system in memory, makes it the root, drops all privileges, and runs its arguments as a
 * child of process 1.
 */
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
        'exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- sh -c \'"$@"; exit $?\' sh "$@"',
    ].join("\n");
}

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
