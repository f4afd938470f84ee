/** Builds `dist/` from scratch: the compiled sources, the declarations that `exports` reaches, and a command that can be run. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");
const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

rmSync(dist, { recursive: true, force: true });
compile();
deferModules(join(dist, "provider", "index.js"));
removeUnreachableDeclarations();
cpSync(join(root, "emulator", "console", "static"), join(dist, "emulator", "console", "static"), {
    recursive: true,
});
for (const command of Object.values(bin)) chmodSync(join(root, command), 0o755);

function compile() {
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript")), "tsc.js");
    const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
}

/**
 * A program loads a module of the package when it first uses one of its exports. TypeScript would load all of them at the
 * import. The getters of the exports stay as they are, because Node finds the names for ES modules in their text.
 */
function deferModules(file) {
    const deferred = "new Proxy({}, { get: (_, name) => $1[name] })";
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/(?<=^var \w+ = )(require\("[^"]+"\))(?=;$)/gm, deferred));
}

/** Users see the types of what they can import. Those of everything else would only add to the download. */
function removeUnreachableDeclarations() {
    const reached = new Set();
    const reach = (file) => {
        if (reached.has(file)) return;
        reached.add(file);
        for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
            if (fileName.startsWith(".")) reach(declarationOf(resolve(dirname(file), fileName)));
        }
    };
    for (const entry of Object.values(exports)) if (entry.types) reach(join(root, entry.types));
    for (const name of readdirSync(dist, { recursive: true })) {
        const file = join(dist, name);
        if (name.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
    }
}

function declarationOf(module) {
    const found = [`${module}.d.ts`, join(module, "index.d.ts")].find((file) => ts.sys.fileExists(file));
    if (found === undefined) throw new Error(`${module} has no declaration.`);
    return found;
}
