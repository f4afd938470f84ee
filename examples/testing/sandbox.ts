/** The resources of the program, in a function that the program, its test and the script call. */
import * as agb from "pulumi-agb";

export function createSandbox({ readOnly }: { readOnly: boolean }) {
    const context = new agb.Context("work", { forceDestroy: true });
    const session = new agb.Session("dev", {
        imageId: "agb-code-space-2",
        contextSyncs: [
            {
                contextId: context.id,
                path: "/home/work",
                policy: { uploadPolicy: { autoUpload: !readOnly } },
            },
        ],
    });
    return { context, session };
}
