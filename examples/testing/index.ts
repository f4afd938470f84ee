/** The program that `pulumi up` runs. */
import * as pulumi from "@pulumi/pulumi";
import { createSandbox } from "./sandbox";

// To keep the files of the context as they are, run `pulumi config set readOnly true`.
const readOnly = new pulumi.Config().getBoolean("readOnly") ?? false;
const { context, session } = createSandbox({ readOnly });

export const contextId = context.id;
export const sessionId = session.id;
export const syncStatus = session.syncStatus;
