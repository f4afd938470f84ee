/** What happens if a package that a test needs cannot be installed. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { installedOnce } from "../support/installedOnce";

const execute = promisify(execFile);
/** A port without a listener. */
const NOWHERE = "http://127.0.0.1:9";

describe("a package that a test needs", () => {
    it("skips the test if npm reaches no registry", async () => {
        const npm = await installedOnce(`nothing-${process.pid}`, async (folder) => {
            writeFileSync(join(folder, "package.json"), "{}");
            await execute(
                "npm",
                ["install", "--registry", NOWHERE, "--fetch-retries", "0", "--no-save", "agb-no-such-package"],
                { cwd: folder },
            );
        });
        expect(npm).toMatchObject({ missing: expect.stringContaining("could not be installed here") as string });
    });

    it("skips the test if pip reaches no registry", async ({ skip }) => {
        const has = await execute("python3", ["-m", "pip", "--version"]).then(
            () => true,
            () => false,
        );
        skip(!has, "there is no pip on this machine");
        const pip = await installedOnce(`nothing-${process.pid}`, async (folder) => {
            await execute("python3", [
                "-m",
                "pip",
                "download",
                "--retries",
                "0",
                "--index-url",
                NOWHERE,
                "--dest",
                folder,
                "agb-no-such-package==1.0",
            ]);
        });
        expect(pip).toMatchObject({ missing: expect.stringContaining("could not be installed here") as string });
    });

    it("fails the test if the registry answers but the installation fails", async () => {
        const pip =
            "ERROR: Could not find a version that satisfies the requirement agbcloud-sdk==99.0 (from versions: 0.11.0, 0.12.0)";
        await expect(installedOnce(`nothing-${process.pid}`, () => Promise.reject(new Error(pip)))).rejects.toThrow(
            pip,
        );
    });
});
