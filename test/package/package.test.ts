/** The tarball that users install. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(__dirname, "../..");
const work = mkdtempSync(path.join(tmpdir(), "pulumi-agb-package-"));
let tarball = "";
const project = path.join(work, "project");

const run = (file: string, args: string[], cwd = root) =>
    execFileSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
    const packed = JSON.parse(
        run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work]),
    ) as unknown;
    // npm 10 prints a list, npm 11 and later may print a map by package name.
    const [first] = Array.isArray(packed)
        ? (packed as { filename: string }[])
        : Object.values(packed as Record<string, { filename: string }>);
    tarball = path.join(work, first?.filename ?? "");
    const installed = path.join(project, "node_modules", "pulumi-agb");
    mkdirSync(installed, { recursive: true });
    run("tar", ["xzf", tarball, "--strip-components=1", "-C", installed]);
    // The package's own dependencies come from this repository, so that no registry is asked.
    for (const name of ["@pulumi", "undici", "zod"])
        symlinkSync(path.join(root, "node_modules", name), path.join(project, "node_modules", name));
    writeFileSync(path.join(project, "package.json"), '{"name":"user","version":"1.0.0"}');
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
                    !/^(dist\/(provider|local|cli)\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$|SECURITY\.md$|docs\/[\w-]+\.md$)/.test(
                        file,
                    ),
            ),
        ).toEqual([]);
    });

    it("has an exports map that publint finds nothing wrong with", () => {
        expect(run("npx", ["publint", "run", tarball, "--strict"])).toMatch(/All good!/);
    });

    it("has types that resolve from every kind of project", () => {
        const report = run("npx", ["attw", tarball, "--format", "json"]);
        expect((JSON.parse(report) as { problems?: object }).problems ?? {}).toEqual({});
    });

    it("gives its resources to CommonJS and to ESM by name", () => {
        const names = "[typeof agb.Context, typeof agb.Session, agb.SyncStatus.Success].join()";
        expect(run("node", ["-e", `const agb = require("pulumi-agb"); console.log(${names})`], project).trim()).toBe(
            "function,function,Success",
        );
        writeFileSync(
            path.join(project, "program.mjs"),
            `import * as agb from "pulumi-agb"; import { AgbClient } from "pulumi-agb/client"; console.log(${names}, typeof AgbClient)`,
        );
        expect(run("node", ["program.mjs"], project).trim()).toBe("function,function,Success function");
    });

    it("offers handlers under the name that every state file holds", () => {
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

    it("loads neither undici nor zod nor anything of the local side when a program imports it", () => {
        const loaded = run(
            "node",
            ["-e", 'require("pulumi-agb"); console.log(Object.keys(require.cache).join("\\n"))'],
            project,
        ).split("\n");
        expect(loaded.some((file) => file.endsWith("dist/provider/index.js"))).toBe(true);
        expect(
            loaded.filter((file) => /node_modules\/(undici|zod|fastify|commander)\/|dist\/(local|cli)\//.test(file)),
        ).toEqual([]);
    });

    it("says nothing of this machine", () => {
        expect(readdirSync(path.join(project, "node_modules", "pulumi-agb")).sort()).not.toContain("node_modules");
        expect(() => run("grep", ["-rlF", root, path.join(project, "node_modules", "pulumi-agb")])).toThrow();
    });
});
