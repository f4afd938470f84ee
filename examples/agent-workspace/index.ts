/** A workspace for an agent: its files outlive each of the sandboxes in which it works. */
import * as agb from "pulumi-agb";

// `forceDestroy` deletes the files along with the context: leave it out for work that you want to keep.
const workspace = new agb.Context("workspace", { forceDestroy: true });

const session = new agb.Session("agent", {
    imageId: "agb-code-space-2",
    // An agent may think for a while between two calls.
    idleReleaseTimeout: 15 * 60,
    contextSyncs: [{ contextId: workspace, path: "/home/workspace" }],
});

// Runs again in each new sandbox. Install here what the agent needs.
const setup = new agb.Command("setup", {
    sessionId: session,
    create: "python3 --version && if [ ! -e notes.json ]; then echo [] > notes.json; fi",
    cwd: "/home/workspace",
});

export const contextId = workspace.id;
// The output of the command, so the session is known only when it is ready.
export const sessionId = setup.sessionId;
export const expiresAt = session.expiresAt;
