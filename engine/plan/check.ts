/** Lets the provider check the inputs of a resource, and reports what it rejects. */

import type { PropertyMap, PropertyValue, ResourceState } from "../model/types";
import { parseUrn } from "../model/urn";
import { isSecret } from "../model/values";
import type { ResourceProvider } from "./provider";
import type { Reporter } from "./reporter";

/** Replaces the state's inputs with the checked ones; false if the provider rejected them, which has been reported. */
export async function checkInputs(
    state: ResourceState,
    provider: ResourceProvider | undefined,
    olds: PropertyMap | undefined,
    news: PropertyMap,
    reporter: Reporter,
): Promise<boolean> {
    if (provider === undefined) return true;
    const { inputs, failures } = await provider.check(state.urn, olds, news);
    const resource = `${state.type} resource '${parseUrn(state.urn).name}'`;
    for (const { property, reason } of failures) {
        const value = describe(state.inputs?.[property]);
        const problem =
            property === ""
                ? ` has a problem: ${reason}`
                : `: property ${property} value {${value}} has a problem: ${reason}`;
        reporter.error(state.urn, resource + problem);
    }
    state.inputs = inputs;
    return failures.length === 0;
}

/** Formats a value as Pulumi's messages do. */
function describe(value: PropertyValue | undefined): string {
    if (value === undefined || value === null) return "<nil>";
    if (Array.isArray(value)) return `[${value.map((item) => `{${describe(item)}}`).join(" ")}]`;
    if (typeof value !== "object") return String(value);
    if (isSecret(value)) return "[secret]";
    const entries = Object.entries(value).map(([key, item]) => `${key}:{${describe(item)}}`);
    return `map[${entries.join(" ")}]`;
}
