/** Short-lived sandboxes that mount the context of the stack `storage`. */
import * as pulumi from "@pulumi/pulumi";
import * as agb from "pulumi-agb";

// The stack of the same name in the project "storage": `dev` here refers to `dev` there.
const storage = new pulumi.StackReference(`${pulumi.getOrganization()}/storage/${pulumi.getStack()}`);

const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: storage.requireOutput("contextId"), path: "/home/work" }],
});

export const sessionId = session.id;
export const syncStatus = session.syncStatus;
