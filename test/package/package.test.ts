/** The tarball that users install. */
import { execFileSync } from "node:child_process";
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/engines";
import { pack } from "../support/tarball";

const work = mkdtempSync(join(tmpdir(), "pulumi-agb-package-"));
let tarball = "";
const project = join(work, "project");
const installed = join(project, "node_modules", "pulumi-agb");

const run = (file: string, args: string[], cwd = root) =>
    execFileSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
    tarball = pack(work);
    mkdirSync(installed, { recursive: true });
    run("tar", ["xzf", tarball, "--strip-components=1", "-C", installed]);
    // The package's own dependencies come from this repository, so no registry is needed.
    for (const name of ["@pulumi", "undici", "zod"]) {
        symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name));
    }
    writeFileSync(join(project, "package.json"), '{"name":"user","version":"1.0.0"}');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("the published package", () => {
    it("holds only what users need", () => {
        const files = run("tar", ["tzf", tarball])
            .trim()
            .split("\n")
            .map((file) => file.replace(/^package\//, ""));
        expect(files).toEqual(
            expect.arrayContaining([
                "package.json",
                "README.md",
                "LICENSE",
                "CHANGELOG.md",
                "dist/provider/index.js",
                "dist/provider/index.d.ts",
                "dist/cli/main.js",
            ]),
        );
        expect(
            files.filter(
                (file) =>
                    !/^(dist\/(provider|common|emulator|engine|cli)\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$|SECURITY\.md$|docs\/[\w-]+\.md$|bench\/(RESULTS\.md|charts\/\w+\.svg)$|examples\/[\w-]+\/)/.test(
                        file,
                    ),
            ),
        ).toEqual([]);
    });

    it("holds what its pages link to, because npm and editors show them from there", () => {
        const pages = readdirSync(installed, { recursive: true, encoding: "utf8" }).filter((file) =>
            file.endsWith(".md"),
        );
        expect(pages).toContain("README.md");
        const missing = pages.flatMap((page) => {
            const text = readFileSync(join(installed, page), "utf8").replace(/^```.*?^```/gms, "");
            const links = [...text.replace(/`[^`\n]*`/g, "").matchAll(/\]\(([^)\s#]+)/g)].map(([, link = ""]) => link);
            return links
                .filter((link) => !/^https?:/.test(link) && !existsSync(join(installed, dirname(page), link)))
                .map((link) => `${page}: ${link}`);
        });
        expect(missing).toEqual([]);
    });

    it("has an exports map that publint finds nothing wrong with", () => {
        expect(run("npx", ["publint", "run", tarball, "--strict"])).toMatch(/All good!/);
    });

    it("has types that resolve from every kind of project", () => {
        const report = run("npx", ["attw", tarball, "--format", "json"]);
        expect((JSON.parse(report) as { problems?: object }).problems ?? {}).toEqual({});
    });

    it("declares what can be imported, and nothing else", () => {
        const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { exports: object };
        const specifiers = Object.keys(exports).filter((name) => !name.endsWith(".json"));
        const file = join(project, "types.ts");
        writeFileSync(file, specifiers.map((name) => `export type * from "pulumi-agb${name.slice(1)}";`).join("\n"));
        const options = { strict: true, noEmit: true, types: [], module: ts.ModuleKind.Node20 };
        const program = ts.createProgram([file], options);
        const reached = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(installed, "dist")));
        const problems = reached.flatMap((source) => program.getSemanticDiagnostics(source));
        expect(problems.map(({ messageText }) => messageText)).toEqual([]);
        const declarations = readdirSync(installed, { recursive: true, encoding: "utf8" });
        expect(reached.map(({ fileName }) => relative(installed, fileName)).sort()).toEqual(
            declarations.filter((name) => name.endsWith(".d.ts")).sort(),
        );
    });

    it("has a command that can be run", () => {
        expect(statSync(join(root, "dist", "cli", "main.js")).mode & 0o111).toBe(0o111);
    });

    it("exports its resources by name to CommonJS and ESM", () => {
        const names = "[typeof agb.Context, typeof agb.Session, agb.SyncStatus.Success].join()";
        expect(run("node", ["-e", `const agb = require("pulumi-agb"); console.log(${names})`], project).trim()).toBe(
            "function,function,Success",
        );
        writeFileSync(
            join(project, "program.mjs"),
            `import * as agb from "pulumi-agb"; import { AgbClient } from "pulumi-agb/client"; console.log(${names}, typeof AgbClient)`,
        );
        expect(run("node", ["program.mjs"], project).trim()).toBe("function,function,Success function");
    });

    it("exports handlers under the name that state files contain", () => {
        expect(
            run(
                "node",
                [
                    "-p",
                    'const { context, session } = require("pulumi-agb/handlers"); Object.keys(context).sort().join() + " " + typeof session.create',
                ],
                project,
            ).trim(),
        ).toBe("check,configure,create,delete,diff,read,update function");
    });

    /** The files that are loaded by a program that uses these exports of the package. */
    const loadedBy = (...used: string[]) => {
        const uses = used.map((name) => `agb.${name};`).join("");
        const program = `const agb = require("pulumi-agb"); ${uses} console.log(Object.keys(require.cache).join("\\n"))`;
        return run("node", ["-e", program], project).trim().split("\n");
    };
    /** Those that define resources or functions. */
    const modulesOf = (loaded: string[]) =>
        loaded
            .filter((file) => dirname(file).endsWith("dist/provider"))
            .map((file) => basename(file, ".js"))
            .filter((name) => !["index", "contextId"].includes(name));

    it("loads only the modules of what a program uses", () => {
        expect(modulesOf(loadedBy())).toEqual([]);
        expect(modulesOf(loadedBy("Context", "Session"))).toEqual(["context", "session"]);
    });

    it("loads neither undici nor zod nor the command, the engine or the emulator, whatever a program uses", () => {
        const names = run("node", ["-p", 'Object.keys(require("pulumi-agb")).join(" ")'], project).trim().split(" ");
        const loaded = loadedBy(...names);
        expect(modulesOf(loaded)).toHaveLength(7);
        expect(
            loaded.filter((file) =>
                /node_modules\/(undici|zod|fastify|commander)\/|dist\/(emulator|engine|cli)\//.test(file),
            ),
        ).toEqual([]);
    });

    it("contains no path of this machine", () => {
        expect(readdirSync(installed).sort()).not.toContain("node_modules");
        expect(() => run("grep", ["-rlF", root, installed])).toThrow();
    });
});
