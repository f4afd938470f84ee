import * as agb from "pulumi-agb";

// Without forceDestroy: a destroy of this stack fails as long as there are files to lose.
const work = new agb.Context("work");

export const contextId = work.id;
