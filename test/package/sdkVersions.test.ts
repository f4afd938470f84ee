/** The oldest and the newest `@pulumi/pulumi` that the package works with. The other tests run with the one installed here. */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startTestAgb } from "../support/agb";
import { engines, root, type Engine } from "../support/engines";
import { Project } from "../support/project";
import { installedSdk, NEWEST_SDK } from "../support/sdk";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    peerDependencies: Record<string, string>;
    dependencies: object;
    optionalDependencies: object;
};
const OLDEST = (manifest.peerDependencies["@pulumi/pulumi"] ?? "").replace(/^\^/, "");

/** Gives the project that SDK, and this package next to it, as an installation lays them out. */
function layOut(project: Project, sdk: string): void {
    const modules = join(project.folder, "node_modules");
    rmSync(modules);
    mkdirSync(modules);
    const link = (from: string, name: string) => symlinkSync(join(from, "node_modules", name), join(modules, name));
    const ofSdk = readdirSync(join(sdk, "node_modules")).filter((name) => !name.startsWith("."));
    for (const name of ofSdk) link(sdk, name);
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
        if (!ofSdk.includes(name)) link(root, name);
    }
    for (const part of ["package.json", "dist"]) {
        cpSync(join(root, part), join(modules, "pulumi-agb", part), { recursive: true });
    }
}

it.for([OLDEST, NEWEST_SDK])("%s runs a program and its provider", async (version, { skip }) => {
    const sdk = await installedSdk(version);
    if ("missing" in sdk) return skip(sdk.missing);

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
            sdk: version,
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
