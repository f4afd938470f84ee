/** Mounts by the ids of their contexts. AGB also accepts the name of a context in a mount, but lists syncs by its id. */
import { findContext, type AgbClient, type MountAddress } from "../../agb/index";

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
