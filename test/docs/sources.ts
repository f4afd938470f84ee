/** The documented sources and the pages of documentation. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/reference/package";

const NOT_OURS = /^(node_modules|dist|\..*|recordings)$/;

function filesBelow(folder: string, extension: string): string[] {
    return readdirSync(folder, { withFileTypes: true })
        .filter(({ name }) => !NOT_OURS.test(name))
        .flatMap((entry) => {
            const file = join(folder, entry.name);
            if (entry.isDirectory()) return filesBelow(file, extension);
            return entry.isFile() && file.endsWith(extension) ? [file] : [];
        });
}

/** The sources that a deployment runs. */
export const provider = (): string[] => sources("provider");
/** Every source of the package, or of some of its rooms. */
export const sources = (...rooms: string[]): string[] =>
    (rooms.length > 0 ? rooms : ["provider", "emulator", "engine", "cli", "common"]).flatMap((room) =>
        filesBelow(join(root, room), ".ts"),
    );
/** All pages of documentation. */
export const pages = (): string[] => filesBelow(root, ".md");
