/** Secrets that are set on the command line: typed without being shown, and never stored in plain text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasScript, needsScript, runAtTerminal } from "../support/terminal";
import { InProcessProject, runInProcess } from "./inProcess";

let project: InProcessProject;
beforeAll(async () => {
    project = await new InProcessProject().init();
});
afterAll(() => project.remove());

const settings = () => readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");

const atTerminal = (command: string[], answers: string[], env = project.env) =>
    runAtTerminal(command, answers, { cwd: project.folder, env });

describe("the passphrase", () => {
    it.skipIf(!hasScript)(
        "is asked for at a terminal, twice for a new stack, and never shown",
        needsScript,
        async () => {
            project.program("");
            const env = { ...project.env };
            delete env.PULUMI_CONFIG_PASSPHRASE;
            const up = ["up", "--yes", "--skip-preview", "--stack", "asked"];
            const different = await atTerminal(up, ["typed-one", "typed-two"], env);
            expect(different.shown).toMatch(/the two passphrases for stack 'asked' differ\. Run the command again\./);
            expect(different.exit).toBe(1);
            const created = await atTerminal(up, ["typed-one", "typed-one"], env);
            expect(created.exit, created.shown).toBe(0);
            const again = await atTerminal(up, ["typed-one"], env);
            expect(again.exit, again.shown).toBe(0);
            expect(again.shown).toContain("Passphrase of the secrets of stack 'asked' (");
            const wrong = await atTerminal(up, ["typed-two"], env);
            expect(wrong.shown).toMatch(/^error: incorrect passphrase for stack 'asked': /m);
            // `up` has selected the other stack.
            await project.pulumi("stack select", "dev");
            for (const { shown } of [different, created, again, wrong]) expect(shown).not.toContain("typed-");
        },
    );
});

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

    it("warns about a key that the provider does not know, and encrypts what is probably the API key", async () => {
        expect(await project.config("agb:apiKey", "")).toMatchObject({
            exit: 1,
            text: "error: the value of agb:apiKey is empty. Pass the API key on standard input, or type it.\n",
        });
        const misspelt = await project.config("agb:apikey", "a-typed-key");
        expect(misspelt.exit).toBe(0);
        expect(misspelt.text).toBe(
            "warning: agb:apikey is not a configuration key of pulumi-agb; did you mean agb:apiKey? Remove it with `npx pulumi-agb config rm agb:apikey`.\n" +
                "agb:apikey is probably meant as a secret, so it was encrypted.\n",
        );
        expect(settings()).not.toContain("a-typed-key");
        expect((await project.config("agb:region", "x")).text).toMatch(
            /^warning: agb:region is not a configuration key of pulumi-agb\. The keys are agb:apiKey, .*\n$/,
        );
        for (const key of ["agb:apikey", "agb:region"]) {
            expect((await project.pulumi("config rm", "--stack", "dev", key)).text).toBe("");
        }
        expect((await project.config("other:region", "x")).text).toBe("");
    });

    it.each([
        [["agb:timeoutMs", "1m"], /agb:timeoutMs \(or AGB_TIMEOUT_MS\) is "1m": specify milliseconds/],
        [["agb:endpoint", "a b"], /the endpoint "a b" is not a valid URL/],
        [["--secret", "agb:endpoint", "http://agb.example"], /would send the API key in the clear/],
        [["agb:defaultLabels", "team=agents"], /agb:defaultLabels must map label keys to non-empty strings: run `/],
        [["agb:forceDestroy", "Session:dev"], /agb:forceDestroy must be a list of resources: run `/],
        [["agb:apiKey", "two words"], /the API key for AGB contains a space/],
    ])("warns at once about a value that the provider would refuse: %j", async (args, problem) => {
        const { exit, text } = await project.config(...args);
        expect(exit).toBe(0);
        const [line = "", ...others] = text.trimEnd().split("\n");
        expect(line).toMatch(/^warning: /);
        expect(line).toMatch(problem);
        expect(others).toEqual(args[0] === "agb:apiKey" ? ["agb:apiKey is a secret, so it was encrypted."] : []);
    });

    it("accepts every value that the provider accepts, one part after another", async () => {
        for (const args of [
            ["agb:timeoutMs", "60000"],
            ["agb:endpoint", "local"],
            ["agb:localData", "/data"],
        ]) {
            expect((await project.config(...args)).text).toBe("");
        }
        for (const key of ["agb:defaultLabels", "agb:forceDestroy"]) {
            await project.pulumi("config rm", "--stack", "dev", key);
        }
        for (const args of [
            ["--secret", "agb:defaultLabels.team", "agents"],
            ["agb:defaultLabels.stage", "test"],
            ["agb:forceDestroy[0]", "Session:dev"],
        ]) {
            expect((await project.config("--path", ...args)).text).toBe("");
        }
    });

    it("needs no passphrase for a value that is not a secret", async () => {
        const { PULUMI_CONFIG_PASSPHRASE, ...env } = project.env;
        const set = (...args: string[]) =>
            runInProcess(["config", "set", "--stack", "dev", ...args], { cwd: project.folder, env: { ...env } });
        expect(await set("kind", "small")).toMatchObject({ exit: 0, text: "" });
        expect(settings()).toMatch(/^ {2}story:kind: small$/m);
        const secret = await set("--secret", "kind", "small");
        expect(secret.text).toMatch(
            /^error: the passphrase for the secrets of stack 'dev' is missing\. Set PULUMI_CONFIG_PASSPHRASE/,
        );
    });

    it("is the only way to put the API key into the settings", async () => {
        const { exit, text } = await project.up("--config", "agb:apiKey=a-typed-key");
        expect(exit).toBe(1);
        expect(text).toBe(
            "error: --config agb:apiKey=… would store the key unencrypted. Set it with `npx pulumi-agb config set agb:apiKey`, or in the environment as AGB_API_KEY.\n",
        );
    });

    it.skipIf(!hasScript)("does not show a secret while it is typed", needsScript, async () => {
        const shown = async (key: string, ...flags: string[]) =>
            (await atTerminal(["config", "set", ...flags, key, "--stack", "dev"], ["typed-vaX\u007flue"])).shown;
        const secret = await shown("token", "--secret");
        expect(secret).toContain("Value of token: ");
        expect(secret).not.toContain("typed");
        expect((await project.pulumi("config get", "--stack", "dev", "token")).stdout).toBe("typed-value\n");
        expect(await shown("agb:apiKey")).not.toContain("typed");
        expect(await shown("plain")).toContain("typed");
    });
});

describe("config rm", () => {
    it("says that a key is not set, and succeeds as the pulumi command does", async () => {
        expect(await project.pulumi("config rm", "--stack", "dev", "none")).toMatchObject({
            exit: 0,
            text: "configuration key 'none' is not set for stack 'dev', so nothing was removed\n",
        });
    });
});

describe("config", () => {
    it("needs the passphrase only to show a secret", async () => {
        for (const [flag, key, value] of [
            ["--plaintext", "size", "large"],
            ["--secret", "shown", "typed"],
        ] as const) {
            expect((await project.config(flag, key, value)).exit).toBe(0);
        }
        const { PULUMI_CONFIG_PASSPHRASE, ...env } = project.env;
        expect(PULUMI_CONFIG_PASSPHRASE).toBeDefined();
        const config = (...args: string[]) =>
            runInProcess(["config", ...args, "--stack", "dev"], { cwd: project.folder, env: { ...env } });
        expect(await config("get", "size")).toMatchObject({ exit: 0, stdout: "large\n" });
        expect(await config("get", "none")).toMatchObject({
            exit: 1,
            text: "error: configuration key 'none' not found for stack 'dev'\n",
        });
        const listed = await config("ls", "--json");
        expect(listed.exit, listed.text).toBe(0);
        expect(JSON.parse(listed.stdout)).toMatchObject({
            "story:size": { value: "large", secret: false },
            "story:shown": { secret: true },
        });
        expect(listed.stdout).not.toContain("[secret]");
        for (const args of [
            ["get", "shown"],
            ["ls", "--show-secrets"],
        ]) {
            const { exit, text } = await config(...args);
            expect(exit).toBe(1);
            expect(text).toMatch(/^error: the passphrase for the secrets of stack 'dev' is missing\. .*\n$/);
        }
        expect((await project.pulumi("config get", "--stack", "dev", "shown")).stdout).toBe("typed\n");
    });
});
