/** A sandbox that is always there: each session is renewed before AGB ends it, and the next one continues its work. */
import * as agb from "pulumi-agb";

const work = new agb.Context("work", { forceDestroy: true });

const session = new agb.Session("desk", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: work, path: "/home/work" }],
    // A session ends after 30 minutes. In the last 15 of them, the next deployment replaces it.
    renewBefore: 15 * 60,
    // Between two runs of the scheduled workflow, no one restarts the idle timer.
    idleReleaseTimeout: 30 * 60,
});

// It runs again in each new session. Replace it with the start of your agent or server.
const worker = new agb.Command("worker", {
    sessionId: session,
    cwd: "/home/work",
    create: `
echo "a session begins" >> journal.txt
nohup sh -c 'while sleep 60; do date >> journal.txt; done' > /tmp/worker.log 2>&1 &`,
});

export const sessionId = session.id;
export const endsAt = session.expiresAt;
export const workerStartedAt = worker.startedAt;
