/** Which resources of this package another one depends on, so the handlers know in which order they are deployed. */
import * as pulumi from "@pulumi/pulumi";
import { typeToken } from "./identifiers";
import { internalsOf, lineage } from "./resourceInternals";

/** What the SDK knows about outputs but does not declare. */
interface OutputInternals {
    promise(): Promise<unknown>;
    allResources(): Promise<Set<pulumi.Resource>>;
}

const TOKEN_PREFIX = typeToken("");

/**
 * The names of the resources on which `args`, the option `dependsOn` or the parent make a resource depend, or undefined if
 * there are none. A context exists before anything in it, so contexts are left out. The engine does not pass dependencies to
 * providers.
 */
export async function dependencyNames(
    args: object,
    { dependsOn, parent }: pulumi.CustomResourceOptions,
): Promise<string[] | undefined> {
    try {
        const enclosing = lineage(parent);
        const direct = [...(await resourcesIn([args, dependsOn])), ...enclosing.filter(isCustom)];
        const resources = new Set<pulumi.Resource>();
        for (const resource of direct) await addWithChildren(resource, new Set(enclosing), resources);
        const urns = await Promise.all([...resources].map(({ urn }) => internals(urn).promise()));
        const names = [...new Set(urns.flatMap(nameOf))].sort();
        return names.length > 0 ? names : undefined;
    } catch {
        // The same problem makes the registration fail, with a message of its own.
        return undefined;
    }
}

/** `ContextFile:seed`, or the URN of a resource inside a component. */
function nameOf(urn: unknown): string[] {
    if (typeof urn !== "string") return [];
    const [, , types = "", ...name] = urn.split("::");
    const type = types.split("$").at(-1) ?? "";
    if (!type.startsWith(TOKEN_PREFIX) || type === typeToken("Context")) return [];
    return [types === type ? `${type.slice(TOKEN_PREFIX.length)}:${name.join("::")}` : urn];
}

/** The resources that a value contains, and those that its outputs come from. */
async function resourcesIn(value: unknown): Promise<pulumi.Resource[]> {
    const output = internals(pulumi.output(value));
    return [...(await output.allResources()), ...resourcesOf(await output.promise())];
}

function resourcesOf(value: unknown): pulumi.Resource[] {
    if (pulumi.Resource.isInstance(value)) return [value];
    return Array.isArray(value) ? value.flatMap(resourcesOf) : [];
}

/** A component represents its children, except to a resource inside it. */
async function addWithChildren(
    resource: pulumi.Resource,
    enclosing: ReadonlySet<pulumi.Resource>,
    found: Set<pulumi.Resource>,
): Promise<void> {
    if (found.has(resource)) return;
    found.add(resource);
    if (isCustom(resource) || enclosing.has(resource)) return;
    const { __data, __childResources = [] } = internalsOf(resource);
    await __data;
    for (const child of __childResources) await addWithChildren(child, enclosing, found);
}

const isCustom = (resource: pulumi.Resource): boolean => pulumi.CustomResource.isInstance(resource);
const internals = (output: unknown) => output as OutputInternals;
