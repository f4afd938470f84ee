/** One sandbox per image and suite, each with its own results. */
import * as pulumi from "@pulumi/pulumi";
import * as agb from "pulumi-agb";

/** A sandbox that reads the shared inputs and stores its own results. */
class Sandbox extends pulumi.ComponentResource {
    readonly sessionId: pulumi.Output<string>;
    readonly syncStatus: pulumi.Output<agb.SyncStatus>;

    constructor(name: string, args: { imageId: string; labels: Record<string, string>; inputs: agb.Context }) {
        super("many-sessions:index:Sandbox", name);
        const results = new agb.Context(`${name}-results`, { forceDestroy: true }, { parent: this });
        const session = new agb.Session(
            name,
            {
                imageId: args.imageId,
                labels: args.labels,
                idleReleaseTimeout: 30 * 60,
                contextSyncs: [
                    // Many sessions mount this context, and none uploads to it. If several did, the last
                    // upload would win.
                    {
                        contextId: args.inputs.id,
                        path: "/home/inputs",
                        policy: { uploadPolicy: { autoUpload: false } },
                    },
                    { contextId: results.id, path: "/home/results" },
                ],
            },
            { parent: this },
        );
        this.sessionId = session.id;
        this.syncStatus = session.syncStatus;
        this.registerOutputs({ sessionId: this.sessionId });
    }
}

const images = ["agb-code-space-2", "agb-browser-use-1"];
// To change the suites, run `pulumi config set --path 'suites[0]' smoke`. A deployment then creates
// or deletes only the sandboxes of the suites that you added or removed.
const suites = new pulumi.Config().getObject<string[]>("suites") ?? ["smoke", "full"];

const inputs = new agb.Context("inputs", { forceDestroy: true });
const matrix = images.flatMap((imageId) => suites.map((suite) => ({ name: `${imageId}-${suite}`, imageId, suite })));
const sandboxes = matrix.map(({ name, imageId, suite }) => ({
    name,
    sandbox: new Sandbox(name, { imageId, labels: { suite }, inputs }),
}));

export const sessionIds = Object.fromEntries(sandboxes.map(({ name, sandbox }) => [name, sandbox.sessionId]));
export const syncStatuses = Object.fromEntries(sandboxes.map(({ name, sandbox }) => [name, sandbox.syncStatus]));
