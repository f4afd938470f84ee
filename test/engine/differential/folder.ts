/** The folder of an engine: project, backend, and what its recording provider reads and writes. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../support/engines";
import { PROJECT } from "../random/programs";
import type { Call } from "../replay/recording";

export class Folder {
    readonly path = mkdtempSync(join(tmpdir(), "pulumi-agb-differential-"));
    readonly project = join(this.path, PROJECT);
    readonly backend = join(this.path, "backend");
    readonly #log = join(this.path, "calls.jsonl");
    readonly #control = join(this.path, "control.json");
    readonly environment: NodeJS.ProcessEnv;

    constructor() {
        const modules = join(this.path, "node_modules");
        for (const folder of [this.project, this.backend, join(modules, "@pulumi")]) {
            mkdirSync(folder, { recursive: true });
        }
        symlinkSync(join(root, "node_modules", "@pulumi", "pulumi"), join(modules, "@pulumi", "pulumi"));
        cpSync(join(__dirname, "../recordings/recorder"), join(modules, "recorder"), { recursive: true });
        writeFileSync(join(this.project, "Pulumi.yaml"), `name: ${PROJECT}\nruntime: nodejs\nmain: index.js\n`);
        writeFileSync(join(this.project, "index.js"), "");
        const inherited = Object.entries(process.env).filter(([key]) => !/^(PULUMI|AGB)_/.test(key));
        this.environment = {
            ...Object.fromEntries(inherited),
            PULUMI_HOME: join(this.path, "home"),
            PULUMI_BACKEND_URL: `file://${this.backend}`,
            PULUMI_CONFIG_PASSPHRASE: "x",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
            RECORDER_LOG: this.#log,
            RECORDER_CONTROL: this.#control,
        };
        this.reset();
    }

    /** Forgets all calls. */
    reset(): void {
        writeFileSync(this.#log, "");
    }

    steer(control: object): void {
        writeFileSync(this.#control, JSON.stringify(control));
    }

    calls(): Call[] {
        if (!existsSync(this.#log)) return [];
        const calls = readFileSync(this.#log, "utf8")
            .split("\n")
            .filter((line) => line !== "");
        return calls.map((line) => JSON.parse(line) as Call);
    }

    remove(): void {
        rmSync(this.path, { recursive: true, force: true });
    }
}
