/** A pipeline run: uploads the sources, builds and tests them in a sandbox, and keeps the report. */
import * as agb from "pulumi-agb";

const version = process.env.VERSION ?? "0.0.0";

const sources = new agb.Context("sources", { forceDestroy: true });
// In a real pipeline, reports may outlive the job: use `{ name: "reports", adopt: true }` here.
const reports = new agb.Context("reports", { forceDestroy: true });
const app = new agb.ContextFolder("app", { contextId: sources, path: "/home/app", source: "app" });

const session = new agb.Session(
    "job",
    {
        imageId: "agb-code-space-2",
        contextSyncs: [
            // What the build adds to the sources is not worth an upload.
            { contextId: sources, path: "/home/app", policy: { uploadPolicy: { autoUpload: false } } },
            { contextId: reports, path: "/home/reports" },
        ],
        // Release the sandbox at the end of the job even if a mount cannot be uploaded.
        forceDestroy: true,
    },
    { dependsOn: app },
);

// A failed build fails the deployment.
const build = new agb.Command(
    "build",
    { sessionId: session, create: "sh build.sh", cwd: "/home/app", envs: { VERSION: version } },
    { customTimeouts: { create: "10m" } },
);

// Tests that fail are a result: the deployment continues with the report, and `ci.mjs` ends with their exit code.
const tests = new agb.Command(
    "tests",
    {
        sessionId: session,
        create: "sh test.sh",
        cwd: "/home/app",
        envs: { VERSION: version, REPORT: "/home/reports/tests.tap" },
        triggers: [build.finishedAt],
        onFailure: agb.OnFailure.Report,
    },
    { customTimeouts: { create: "15m" } },
);

const saved = new agb.Sync("report", {
    sessionId: session,
    contextId: reports,
    path: "/home/reports",
    triggers: [tests.finishedAt],
});

export const exitCode = tests.exitCode;
export const reportsId = reports.id;
export const savedAt = saved.finishedAt;
