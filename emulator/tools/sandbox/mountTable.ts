/** The mount points that this process sees. */
import { readFile } from "node:fs/promises";

export interface MountPoint {
    path: string;
    /** The folder of the file system that is mounted. */
    root: string;
    type: string;
    /** The options of the mount point, and those of the file system. */
    options: string[];
    superOptions: string[];
}

export async function mountTable(): Promise<MountPoint[]> {
    return (await readFile("/proc/self/mountinfo", "utf8")).split("\n").flatMap((line) => {
        const [mount = "", fileSystem] = line.split(" - ");
        if (fileSystem === undefined) return [];
        const [, , , root = "", path = "", options = ""] = mount.split(" ");
        const [type = "", , superOptions = ""] = fileSystem.split(" ");
        return [
            {
                path: unescape(path),
                root: unescape(root),
                type,
                options: options.split(","),
                superOptions: superOptions.split(","),
            },
        ];
    });
}

/** White space and backslashes are in octal. */
function unescape(text: string): string {
    return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
