/** The pulumi command, attached to a program and a provider that live longer than a deployment, which saves most of its time. */
import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Sdk } from "../../../engine/protocol/sdk";
import { openCrypter, type Crypter } from "../../../engine/state/passphrase";
import type { StoredDeployment } from "../../../engine/state/checkpoint";
import { run, start, type RunningProcess } from "../../support/processes";
import { PROJECT, STACK, type Deployment } from "../random/programs";
import type { Entry, Json, Resource } from "../replay/recording";
import { Folder } from "./folder";
import { LanguageServer } from "./languageServer";
import { argumentsOf, controlOf, normalised, type DifferentialEngine, type Played } from "./played";

export class PulumiCommand implements DifferentialEngine {
    readonly #folder = new Folder();
    readonly #language: LanguageServer;
    readonly #provider: RunningProcess;
    #address = "";
    #crypter: Crypter | undefined;
    #before: Resource[] = [];

    private constructor(sdk: Sdk) {
        this.#language = new LanguageServer(sdk);
        const attachable = ["--require", join(__dirname, "attach.js"), sdk.providerServer, "127.0.0.1:1"];
        this.#provider = start([process.execPath, ...attachable], {
            cwd: this.#folder.path,
            env: this.#folder.environment,
        });
    }

    static async start(sdk: Sdk): Promise<PulumiCommand> {
        const command = new PulumiCommand(sdk);
        await command.#init();
        return command;
    }

    async #init(): Promise<void> {
        this.#address = await this.#language.listen();
        while (!this.#provider.output().includes("\n")) await new Promise((resolve) => setTimeout(resolve, 20));
        this.#folder.environment.PULUMI_DEBUG_PROVIDERS = `pulumi-nodejs:${this.#provider.output().trim()}`;
        const made = await this.#run("stack", "init", STACK);
        if (made.exit !== 0) throw new Error(made.text);
        cpSync(this.#folder.backend, this.#empty, { recursive: true });
        const settings = readFileSync(join(this.#folder.project, `Pulumi.${STACK}.yaml`), "utf8");
        const salt = /encryptionsalt: (.*)/.exec(settings)?.[1] ?? "";
        this.#crypter = await openCrypter(STACK, "x", salt);
    }

    get #empty(): string {
        return join(this.#folder.path, "empty");
    }

    reset(): void {
        this.#folder.reset();
        this.#before = [];
        rmSync(this.#folder.backend, { recursive: true });
        cpSync(this.#empty, this.#folder.backend, { recursive: true });
    }

    async play(deployment: Deployment): Promise<Played> {
        this.#folder.steer(controlOf(deployment));
        this.#language.program = deployment.program;
        const from = this.#folder.calls().length;
        const options = ["--yes", "--skip-preview", "--parallel", "1", "--stack", STACK, "--client", this.#address];
        const { exit, signal, text } = await this.#run(deployment.operation, ...options, ...argumentsOf(deployment));
        const played = normalised(
            deployment,
            {
                ...{ exit: exit ?? signal ?? "", printed: text },
                ...{ calls: this.#folder.calls().slice(from), stored: this.#stored() },
            },
            this.#before,
        );
        this.#before = played.resources;
        return played;
    }

    async end(): Promise<void> {
        this.#language.close();
        this.#provider.child.kill("SIGKILL");
        await this.#provider.ended;
        this.#folder.remove();
    }

    #stored(): { resources?: Entry[] } {
        const file = join(this.#folder.backend, ".pulumi", "stacks", PROJECT, `${STACK}.json`);
        if (!existsSync(file)) return {};
        const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest?: StoredDeployment } };
        return this.#decrypted(checkpoint.latest as unknown as Json) as { resources?: Entry[] };
    }

    #decrypted(value: Json | undefined): Json {
        if (typeof value !== "object" || value === null) return value ?? {};
        if (Array.isArray(value)) return value.map((item) => this.#decrypted(item));
        const { ciphertext, ...rest } = value;
        if (typeof ciphertext === "string") return { ...rest, plaintext: this.#crypter?.decrypt(ciphertext) ?? "" };
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#decrypted(item)]));
    }

    #run(...args: string[]): ReturnType<typeof run> {
        return run(["pulumi", ...args, "--non-interactive", "--color", "never"], {
            cwd: this.#folder.project,
            env: this.#folder.environment,
            // A command that hangs is a difference, and not the end of the comparison.
            ...{ timeout: 120_000, killSignal: "SIGKILL" },
        });
    }
}
