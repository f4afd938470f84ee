/** Gives this process, and those that it starts, a data folder of their own, so no test writes to the user's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "pulumi-agb-data-"));
process.env.XDG_DATA_HOME = folder;
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
