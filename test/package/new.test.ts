/** From an empty folder to a deployed stack: `new` from the tarball, with nothing in the environment that it does not need. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInProcess } from "../engine/inProcess";
import { root } from "../support/engines";
import { NPM_CACHE, UNREACHABLE } from "../support/installedOnce";
import { run } from "../support/processes";
import { pack } from "../support/tarball";

const work = mkdtempSync(join(tmpdir(), "pulumi-agb-new-"));
const home = join(work, "home");
const server = join(home, ".local", "share", "pulumi-agb", "server.json");
/** Contains a `pulumi` command, which is never called. */
const bin = join(work, "bin");
const env = {
    PATH: `${process.env.PATH ?? ""}${delimiter}${bin}`,
    HOME: home,
    npm_config_cache: NPM_CACHE,
    npm_config_prefer_offline: "true",
};
let tarball = "";

beforeAll(() => {
    mkdirSync(home);
    mkdirSync(bin);
    writeFileSync(join(bin, "pulumi"), "");
    tarball = pack(work);
});
afterAll(() => {
    if (existsSync(server)) process.kill((JSON.parse(readFileSync(server, "utf8")) as { pid: number }).pid);
    rmSync(join(NPM_CACHE, "_npx"), { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
});

it("leads from an empty folder to outputs and back", async ({ skip }) => {
    const folder = join(work, "My first one");
    mkdirSync(folder);
    const npx = (command: string, more: NodeJS.ProcessEnv = {}) =>
        run(["npx", ...command.split(" ")], { cwd: folder, env: { ...env, ...more } });

    const created = await npx(`--yes --package=${tarball} pulumi-agb new quickstart --yes`);
    if (created.exit !== 0 && UNREACHABLE.test(created.text)) return skip("no package registry can be reached");
    expect(created.exit, created.text).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([
        ".gitignore",
        "Pulumi.yaml",
        "README.md",
        "index.ts",
        "node_modules",
        "package-lock.json",
        "package.json",
        "tsconfig.json",
    ]);
    expect(readFileSync(join(folder, "index.ts"), "utf8")).toBe(
        readFileSync(join(root, "examples", "quickstart", "index.ts"), "utf8"),
    );
    expect(readFileSync(join(folder, "Pulumi.yaml"), "utf8")).toMatch(/^name: My-first-one$/m);

    expect(created.stdout).toMatch(
        /\nWith the `pulumi` command, run `pulumi login` and `pulumi stack init dev` first, .+\n$/,
    );

    // The commands that it prints, with the local AGB.
    const [setKey, setEndpoint = "", up = ""] = [...created.stdout.matchAll(/^ {4}npx (.*)$/gm)].map(
        ([, command = ""]) => command,
    );
    expect(setKey).toBe("pulumi-agb config set --secret agb:apiKey --stack dev");
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: "only for this test" };
    const set = await npx(setEndpoint, passphrase);
    expect(set.exit, set.text).toBe(0);
    const deployed = await npx(`${up} --yes`, passphrase);
    expect(deployed.text).toMatch(/^Resources:\n {4}\+ 3 created$/m);
    const outputs = await npx("pulumi-agb output --json --stack dev", passphrase);
    expect(JSON.parse(outputs.stdout)).toMatchObject({ syncStatus: "Success" });
    const destroyed = await npx("pulumi-agb destroy --yes --stack dev", passphrase);
    expect(destroyed.text).toMatch(/^Resources:\n {4}- 3 deleted$/m);

    const again = await npx("pulumi-agb new quickstart");
    expect(again.exit).toBe(1);
    expect(again.text).toMatch(
        /^error: .*My first one is not empty: it contains \.gitignore, Pulumi\.dev\.yaml, .* and \d more\. .*--dir.*--force\.\n$/,
    );
});

describe("new", () => {
    const command = (...args: string[]) => runInProcess(["new", ...args], { cwd: work, env });

    it("lists the templates in its help, and without a terminal to choose on", async () => {
        const { stdout } = await command("--help");
        const listed = [...(stdout.split("Templates:")[1] ?? "").matchAll(/^ {2}(\S+) +\S/gm)].map(([, name]) => name);
        expect(listed).toEqual(["quickstart", "pipeline", "files"]);
        expect(await command("--dir", "none")).toMatchObject({
            exit: 1,
            text: "error: the template is missing: pass one of quickstart, pipeline, files, as in `npx pulumi-agb new quickstart`.\n",
        });
    });

    it.each([
        [["quikstart"], /"quikstart" is not a template; did you mean "quickstart"\? The templates are /],
        [["xyz"], /"xyz" is not a template\. The templates are quickstart, pipeline, files\./],
        [["files", "--name", "a b"], /"a b" is not a valid name of a project: use up to 100 letters/],
        [["files", "--dir", "home/.."], /is not empty: it contains .*home, pulumi-agb-.*\.tgz\. /],
    ])("refuses %j, and writes nothing", async (args, message) => {
        const before = readdirSync(work).sort();
        const { exit, text } = await command("--dir", "none", ...args);
        expect(text).toMatch(message);
        expect(text).toMatch(/^error: .+\n$/);
        expect(exit).toBe(1);
        expect(readdirSync(work).sort()).toEqual(before);
    });
});
