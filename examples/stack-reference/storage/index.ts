/** Long-lived storage for the sandboxes of other stacks. */
import * as agb from "pulumi-agb";

// Without `forceDestroy`, destroying this stack fails while the context contains files.
const work = new agb.Context("work");

export const contextId = work.id;
