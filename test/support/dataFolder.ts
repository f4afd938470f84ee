/** Gives each test file, and the processes that it starts, a data folder of its own, so no test writes to the user's. */
import { afterAll } from "vitest";
import { removeTempFolders, tempFolder } from "./tempFolder";

process.env.XDG_DATA_HOME = tempFolder("data");
afterAll(removeTempFolders);
