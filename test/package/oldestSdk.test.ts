/** The oldest `@pulumi/pulumi` that the package says it works with; all other tests run with the newest. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startTestAgb } from "../support/agb";
import { engines, root, type Engine } from "../support/engines";
import { installedOnce } from "../support/installedOnce";
import { Project } from "../support/project";

const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    peerDependencies: Record<string, string>;
    dependencies: object;
    optionalDependencies: object;
};
const VERSION = (manifest.peerDependencies["@pulumi/pulumi"] ?? "").replace(/^\^/, "");
const NAME = `@pulumi/pulumi@${VERSION}`;

/** A project that finds that SDK, and this package beside it, as an installation lays them out. */
function layOut(project: Project, sdk: string): void {
    const modules = path.join(project.folder, "node_modules");
    rmSync(modules);
    mkdirSync(modules);
    const link = (from: string, name: string) =>
        symlinkSync(path.join(from, "node_modules", name), path.join(modules, name));
    const ofSdk = readdirSync(path.join(sdk, "node_modules")).filter((name) => !name.startsWith("."));
    for (const name of ofSdk) link(sdk, name);
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))
        if (!name.startsWith("@") && !ofSdk.includes(name)) link(root, name);
    for (const part of ["package.json", "dist"])
        cpSync(path.join(root, part), path.join(modules, "pulumi-agb", part), { recursive: true });
}

it(`${VERSION} runs a program, and the provider under it`, async ({ skip }) => {
    const sdk = await installedOnce(NAME.replaceAll("/", "-"), async (folder) => {
        writeFileSync(path.join(folder, "package.json"), '{ "name": "oldest-sdk", "private": true }\n');
        await promisify(execFile)(
            "npm",
            ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", NAME],
            { cwd: folder },
        );
    });
    if ("missing" in sdk) {
        console.log(`skipped: ${sdk.missing}`);
        return skip(sdk.missing);
    }

    const agb = await startTestAgb();
    const project = await new Project(engines[0] as Engine, agb.env).init();
    try {
        layOut(project, sdk.folder);
        project.program(`
            const context = new agb.Context("notes", { forceDestroy: true });
            const session = new agb.Session("dev", { imageId: "agb-code-space-2", labels: { team: pulumi.secret("a") }, contextSyncs: [{ contextId: context.id, path: "/home/work" }] });
            exports.sdk = require("@pulumi/pulumi/package.json").version;
            exports.sessionId = session.id;
            exports.syncStatus = session.syncStatus;
        `);
        const up = await project.up();
        expect(up.exit, up.text).toBe(0);
        expect(await project.outputs()).toEqual({
            sdk: VERSION,
            sessionId: (await agb.sessions())[0],
            syncStatus: "Success",
        });
        expect((await project.up("--expect-no-changes")).exit).toBe(0);
        expect((await project.destroy()).exit).toBe(0);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);
    } finally {
        project.remove();
        await agb.close();
    }
});
