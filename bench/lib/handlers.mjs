/** Calls the handlers of this package as Pulumi's provider process does. AGB is the one in the environment. */
import { context, contextFolder, session, sync } from "pulumi-agb/handlers";

const providers = { context, contextFolder, session, sync };
for (const provider of Object.values(providers)) await provider.configure({ config: { get: () => undefined } });

/** Checks the inputs of a resource and creates it. Returns its `id` and its outputs as `outs`. */
export async function create(kind, name, inputs) {
    const origin = { project: "bench", stack: "dev", name, parents: [] };
    const { inputs: checked, failures } = await providers[kind].check({}, { ...inputs, __origin: origin });
    if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("\n"));
    return providers[kind].create(checked);
}

export const remove = (kind, { id, outs }) => providers[kind].delete(id, outs);
