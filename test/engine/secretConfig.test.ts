/** Secrets that are set on the command line: typed without being shown, and never stored in plain text. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text as contentOf } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/engines";
import { InProcessProject } from "./inProcess";

const hasScript = spawnSync("script", ["--version"]).status === 0;

let project: InProcessProject;
beforeAll(async () => {
    project = await new InProcessProject().init();
});
afterAll(() => project.remove());

const settings = () => readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");

describe("config set", () => {
    it.each([[], ["--plaintext"], ["--path"]])(
        "encrypts the API key without --secret, and says so %j",
        async (...flags) => {
            const { exit, text } = await project.config(...flags, "agb:apiKey", "a-typed-key");
            expect(exit).toBe(0);
            expect(text).toBe("agb:apiKey is a secret, so it was encrypted.\n");
            expect(settings()).not.toContain("a-typed-key");
            expect((await project.pulumi("config get", "--stack", "dev", "agb:apiKey")).stdout).toBe("a-typed-key\n");
        },
    );

    it.skipIf(!hasScript)(
        "does not show a secret while it is typed",
        hasScript ? {} : { meta: { skipReason: "the command script is not installed" } },
        async () => {
            const shown = async (key: string, ...flags: string[]) => {
                const command = ["config", "set", ...flags, key, "--stack", "dev"];
                const argv = [process.execPath, join(root, "dist", "cli", "main.js"), ...command];
                // It runs the command on a terminal of its own, and prints what that shows.
                const terminal = spawn("script", ["-qec", argv.join(" "), "/dev/null"], {
                    cwd: project.folder,
                    env: project.env,
                });
                const output = contentOf(terminal.stdout);
                terminal.stdout.once("data", () => terminal.stdin.write("typed-vaX\u007flue\r"));
                return output;
            };
            const secret = await shown("token", "--secret");
            expect(secret).toContain("Value of token: ");
            expect(secret).not.toContain("typed");
            expect((await project.pulumi("config get", "--stack", "dev", "token")).stdout).toBe("typed-value\n");
            expect(await shown("agb:apiKey")).not.toContain("typed");
            expect(await shown("plain")).toContain("typed");
        },
    );
});
