/** The local AGB in the background: it outlives a deployment, so it keeps nothing of what the deployment knows. */
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ensureLocalAgb, runningLocalAgb } from "../../provider/agb/localServer";
import { tempFolder } from "../support/tempFolder";

const dataFolder = tempFolder("local-server");

const SECRETS = {
    PULUMI_CONFIG: '{"app:password":"marker-1"}',
    PULUMI_CONFIG_PASSPHRASE: "marker-2",
    AGB_API_KEY: "marker-3",
    NODE_OPTIONS: "--title=marker-4",
    AWS_SECRET_ACCESS_KEY: "marker-5",
};

const SERVER_FILE = join(dataFolder, "server.json");
const recorded = async () => JSON.parse(await readFile(SERVER_FILE, "utf8")) as { pid: number; consoleUrl?: string };
const pidOf = async () => (await recorded()).pid;

describe("a server that a deployment starts in the background", () => {
    afterEach(async () => {
        vi.unstubAllEnvs();
        process.kill(await pidOf(), "SIGKILL");
    });

    it.skipIf(process.platform !== "linux")(
        "gets no secret of the deployment, and makes its folder private",
        async () => {
            await chmod(dataFolder, 0o755);
            for (const [name, value] of Object.entries(SECRETS)) vi.stubEnv(name, value);
            vi.stubEnv("XDG_DATA_HOME", dataFolder);
            const messages: string[] = [];
            const onStart = (message: string) => messages.push(message);
            await ensureLocalAgb({ dataFolder, onStart });
            await ensureLocalAgb({ dataFolder, onStart });
            expect(messages).toEqual([expect.stringContaining(`local open --data ${dataFolder}`)]);
            const environment = await readFile(`/proc/${await pidOf()}/environ`, "utf8");
            const names = environment.split("\0").map((entry) => entry.split("=")[0]);
            expect(environment).not.toContain("marker-");
            expect(names).toContain("PATH");
            expect(names).toContain("XDG_DATA_HOME");
            expect(names.filter((name) => /^(?:PULUMI|NODE|npm|VITEST)/i.test(name ?? ""))).toEqual([]);
            expect((await stat(dataFolder)).mode & 0o777).toBe(0o700);
        },
    );

    it("is found after an upgrade from a version without a console", async () => {
        const { endpoint } = await ensureLocalAgb({ dataFolder });
        const { consoleUrl: _, ...older } = await recorded();
        await writeFile(SERVER_FILE, JSON.stringify(older));
        expect(await runningLocalAgb(dataFolder)).toMatchObject({ endpoint, consoleUrl: endpoint });
    });
});
