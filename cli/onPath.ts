/** Whether a command is installed. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export const isOnPath = (name: string): boolean =>
    (process.env.PATH ?? "")
        .split(delimiter)
        .some((folder) => [name, `${name}.exe`].some((file) => folder !== "" && existsSync(join(folder, file))));
