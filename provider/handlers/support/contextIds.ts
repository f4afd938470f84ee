/** Ids of contexts. AGB also accepts the name of a context in a mount, but lists syncs by its id. */
import { findContext, type AgbClient, type MountAddress } from "../../agb/index";
import { displayName, type CommonInputs } from "../origin";
import { pathWarnings } from "./lookAlikes";

const CONTEXT_ID = /^SdkCtx-/;

/** The mounts, with ids in place of names. What names no context stays, so AGB can report it. */
export function withContextIds<M extends MountAddress>(mounts: M[], agb: AgbClient): Promise<M[]> {
    return Promise.all(
        mounts.map(async (mount) => {
            if (CONTEXT_ID.test(mount.contextId)) return mount;
            const context = await findContext(agb, { name: mount.contextId });
            return context ? { ...mount, contextId: context.id } : mount;
        }),
    );
}

/** A warning about a context id that is probably a name. Unknown ids have none. */
export function contextIdWarnings(subject: string, property: string, contextId: unknown): string[] {
    return typeof contextId !== "string" || CONTEXT_ID.test(contextId)
        ? []
        : [
              `${subject}: ${property} "${contextId}" looks like the name of a context instead of its id, which starts with "SdkCtx-". Use the output id of the context, or agb.getContextOutput({ name: "${contextId}" }).id.`,
          ];
}

/** Warnings about the inputs that place a resource in a context. */
export function addressWarnings(
    type: string,
    inputs: CommonInputs & { contextId?: unknown; path?: unknown },
): string[] {
    const { contextId, path } = inputs;
    const subject = displayName(type, inputs);
    return [...contextIdWarnings(subject, "contextId", contextId), ...pathWarnings(subject, "path", path)];
}
