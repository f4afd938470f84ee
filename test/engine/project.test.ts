/** Projects, their requirements, stack settings and config. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ResolvedConfig } from "../../engine/project/config";
import { configPath, configValue, resolveConfig } from "../../engine/project/config";
import { loadProject } from "../../engine/project/project";
import { checkProject, checkRunner } from "../../engine/project/requirements";
import { StackSettings } from "../../engine/project/stackSettings";
import { newCrypter, openCrypter, type Crypter } from "../../engine/state/passphrase";

let folder: string;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "project-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
};

describe("Pulumi.yaml", () => {
    test("is found in a parent folder, and locates the program", () => {
        write("Pulumi.yaml", "name: shop\nruntime: nodejs\nmain: src/app.js\n");
        write("src/app.js", "");
        expect(loadProject(join(folder, "src"))).toMatchObject({
            name: "shop",
            root: folder,
            programDirectory: join(folder, "src"),
            program: "app.js",
            runtimeOptions: {},
        });
    });

    test("accepts a folder as main, and a runtime with options", () => {
        write(
            "Pulumi.yaml",
            "name: shop\nruntime: { name: nodejs, options: { typescript: false } }\nmain: src\nbackend: { url: 'file:///x' }\n",
        );
        write("src/index.js", "");
        expect(loadProject(folder)).toMatchObject({
            programDirectory: join(folder, "src"),
            program: ".",
            runtimeOptions: { typescript: false },
            backend: "file:///x",
        });
    });

    test.each([
        ["name: [", /Pulumi\.yaml is not valid YAML: [^\n]+$/],
        ["just text", /must contain the `name` and `runtime`/],
        ["runtime: nodejs", /needs a `name`/],
        ["name: a b\nruntime: nodejs", /needs a `name`/],
        ["name: shop\nruntime: python", /has the runtime "python".*"nodejs"/],
        ["name: shop\nruntime: { name: go }", /has the runtime "go"/],
    ])("with %j is rejected in one line", (yaml, reason) => {
        write("Pulumi.yaml", yaml);
        expect(() => loadProject(folder)).toThrow(reason);
    });

    test("is reported as missing with the folder in which the search started", () => {
        expect(() => loadProject(folder)).toThrow(
            `no Pulumi.yaml project file found (searching upwards from ${folder})`,
        );
    });
});

describe("what a program needs", () => {
    const project = (): ReturnType<typeof loadProject> => {
        write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
        return loadProject(folder);
    };
    const install = (name: string, version: string): void =>
        write(`node_modules/${name}/package.json`, JSON.stringify({ name, version }));

    test("includes @pulumi/pulumi, but no particular form of an entry point", () => {
        expect(() => checkProject(project())).toThrow(
            /@pulumi\/pulumi is not installed .* npm install @pulumi\/pulumi$/,
        );
        install("@pulumi/pulumi", "3.270.0");
        checkProject(project());
        checkRunner(project());
    });

    test("includes the file or folder that Pulumi.yaml names, which the project itself does not need", () => {
        install("@pulumi/pulumi", "3.270.0");
        write("Pulumi.yaml", "name: shop\nruntime: nodejs\nmain: src/gone.js\n");
        const shop = loadProject(folder);
        expect(() => checkProject(shop)).toThrow(
            `${join(folder, "Pulumi.yaml")} names the program \`main: src/gone.js\`, but ${join(folder, "src/gone.js")} does not exist. Create it, or correct \`main\`.`,
        );
        write("src/gone.js", "");
        checkProject(loadProject(folder));
    });

    test("excludes TypeScript versions that crash the runner, and the error suggests one to install", () => {
        install("@pulumi/pulumi", "3.270.0");
        install("typescript", "7.0.2");
        write("index.ts", "");
        expect(() => checkRunner(project())).toThrow(/TypeScript 7\.0\.2 in .*npm install --save-dev typescript@6$/);
        expect(() => checkRunner({ ...project(), runtimeOptions: { typescript: false } })).not.toThrow();
        install("typescript", "6.0.3");
        checkRunner(project());
    });

    test("includes the TypeScript that the runner finds from its own location", () => {
        install("@pulumi/pulumi", "3.270.0");
        write("index.ts", "");
        install("typescript", "7.0.2");
        write("node_modules/@pulumi/pulumi/node_modules/typescript/package.json", '{"version":"5.9.0"}');
        expect(() => checkRunner(project())).not.toThrow();
    });
});

describe("Pulumi.STACK.yaml", () => {
    const settings = (yaml?: string): StackSettings => {
        write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
        if (yaml !== undefined) {
            write("Pulumi.dev.yaml", yaml);
        }
        return StackSettings.load(loadProject(folder), "dev");
    };

    test("keeps comments and unknown settings when a value is set", () => {
        const loaded = settings("# ours\nencryptionsalt: v1:a\nconfig:\n  shop:a: old # why\n  shop:b:\n    - 1\n");
        loaded.setConfig(["shop:a"], "new");
        loaded.setConfig(["shop:c"], "12");
        loaded.save();
        expect(readFileSync(loaded.file, "utf8")).toBe(
            '# ours\nencryptionsalt: v1:a\nconfig:\n  shop:a: new # why\n  shop:b:\n    - 1\n  shop:c: "12"\n',
        );
    });

    test("is created if it does not exist, with the salt first", () => {
        const loaded = settings();
        loaded.setConfig(["shop:list", 0, "name"], "ann");
        loaded.setEncryptionSalt("v1:salt");
        loaded.save();
        expect(readFileSync(loaded.file, "utf8")).toBe(
            "encryptionsalt: v1:salt\nconfig:\n  shop:list:\n    - name: ann\n",
        );
    });

    test.each([
        ["config: [1]", /must contain a stack's settings/],
        ["a: [", /is not valid YAML/],
        ["secretsprovider: awskms://x", /"awskms:\/\/x".*only "passphrase"/],
        ["environment: [prod]", /Pulumi environment/],
    ])("with %j is rejected in one line", (yaml, reason) => {
        expect(() => settings(yaml)).toThrow(reason);
    });
});

describe("config", () => {
    let crypter: Crypter;
    beforeAll(async () => {
        crypter = await newCrypter("x");
    });
    const resolve = (project: string, config: Record<string, never> | object): ResolvedConfig => {
        write("Pulumi.yaml", `name: shop\nruntime: nodejs\n${project}`);
        return resolveConfig(loadProject(folder), "dev", new Map(Object.entries(config)), crypter);
    };

    test("is passed to the program as text, with JSON for structured values and secrets decrypted at any depth", () => {
        const secure = crypter.encrypt("hush & <more>");
        const { config, secretKeys } = resolve("", {
            "shop:n": 3,
            "shop:t": "3",
            "shop:on": true,
            "shop:o": { z: [1, { secure }], a: "<" },
            "agb:apiKey": { secure },
        });
        expect(Object.fromEntries(config)).toEqual({
            "shop:n": "3",
            "shop:t": "3",
            "shop:on": "true",
            "shop:o": '{"a":"\\u003c","z":[1,"hush \\u0026 \\u003cmore\\u003e"]}',
            "agb:apiKey": "hush & <more>",
        });
        expect([...secretKeys].sort()).toEqual(["agb:apiKey", "shop:o"]);
    });

    test("is read as the pulumi command reads its own", async () => {
        const fixture = join(__dirname, "fixtures/pulumi-stack");
        const project = { ...loadProjectWithoutProgram(fixture), settingsFolder: fixture };
        const settings = StackSettings.load(project, "dev");
        const opened = await openCrypter("dev", "correct horse", settings.encryptionSalt ?? "");
        const { config, secretKeys } = resolveConfig(project, "dev", settings.config, opened);
        // The same as in the default provider's inputs in the accompanying state.
        expect(Object.fromEntries(config)).toEqual({
            "fixture:token": 's3cr3t <&> "quoted"',
            "fixture:settings": '{"names":["anna"],"password":"hidden","size":3}',
            "fixture:plain": "12",
        });
        expect([...secretKeys].sort()).toEqual(["fixture:settings", "fixture:token"]);
    });

    test("gets the defaults that the project declares", () => {
        const { config } = resolve(
            "config:\n  size: small\n  aws:region: eu\n  full: { type: integer, default: 4 }\n  other: { type: object, default: { a: 1 } }\n",
            { "shop:size": "big" },
        );
        expect(Object.fromEntries(config)).toEqual({
            "shop:size": "big",
            "aws:region": "eu",
            "shop:full": "4",
            "shop:other": '{"a":1}',
        });
    });

    test.each([
        [
            "config:\n  a: { type: string }\n  b: { type: string }\n",
            {},
            "stack 'dev' is missing configuration values 'a' and 'b'",
        ],
        ["config:\n  a: { type: integer }\n", { "shop:a": "x" }, "'a' must be of type 'integer'"],
        ["config:\n  a: { type: string, secret: true }\n", { "shop:a": "x" }, "'a' must be encrypted"],
    ])("is rejected if it contradicts the declaration %j", (declared, config, reason) => {
        expect(() => resolve(declared, config)).toThrow(reason);
    });

    test("is rejected, with the key, if a secret belongs to another stack", async () => {
        const secure = (await newCrypter("x")).encrypt("v");
        expect(() => resolve("", { "shop:token": { secure } })).toThrow(/shop:token cannot be decrypted/);
    });

    test("uses the project's namespace by default, and paths on request", () => {
        expect(configPath("shop", "a", false)).toEqual(["shop:a"]);
        expect(configPath("shop", "aws:config:region", false)).toEqual(["aws:region"]);
        expect(configPath("shop", "a.b[0]", true)).toEqual(["shop:a", "b", 0]);
        expect(configPath("shop", "a.b", false)).toEqual(["shop:a.b"]);
        expect(() => configPath("shop", "", false)).toThrow(/is not a valid config key/);
        expect(configValue("3", ["shop:a"])).toBe("3");
        expect(configValue("3", ["shop:a", "b"])).toBe(3);
        expect(configValue("true", ["shop:a", 0])).toBe(true);
        expect(configValue("007", ["shop:a", 0])).toBe("007");
    });
});

/** The fixture contains only the project's settings. */
function loadProjectWithoutProgram(fixture: string): ReturnType<typeof loadProject> {
    write("Pulumi.yaml", readFileSync(join(fixture, "Pulumi.yaml"), "utf8").replace(/^main:.*$/m, ""));
    return loadProject(folder);
}
