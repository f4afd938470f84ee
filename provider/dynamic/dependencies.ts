/** Which resources of this package another one depends on, so the handlers know in which order they are deployed. */
import * as pulumi from "@pulumi/pulumi";
import { contentsOf } from "./contents";
import { typeToken } from "./identifiers";
import { internalsOf, lineage } from "./resourceInternals";

const TOKEN_PREFIX = typeToken("");
const CONTEXT_TOKEN = typeToken("Context");

/**
 * The names of the resources on which `args`, the option `dependsOn` or the parent make a resource depend, or undefined if
 * there are none. A context exists before anything in it, so contexts are left out. The engine does not pass dependencies to
 * providers.
 */
export function dependencyNames(
    args: object,
    { dependsOn, parent }: pulumi.CustomResourceOptions,
): Promise<string[] | undefined> | undefined {
    const enclosing = lineage(parent);
    const contents = contentsOf([args, dependsOn, enclosing.filter(isCustom)]);
    return contents
        ?.then(({ resources }) => namesOf(resources, new Set(enclosing)))
        .catch(
            // The same problem makes the registration fail, with a message of its own.
            () => undefined,
        );
}

async function namesOf(
    direct: ReadonlySet<pulumi.Resource>,
    enclosing: ReadonlySet<pulumi.Resource>,
): Promise<string[] | undefined> {
    const resources = new Set<pulumi.Resource>();
    for (const resource of direct) await addWithChildren(resource, enclosing, resources);
    const urns = await Promise.all([...resources].filter(isNoContext).map(urnOf));
    const names = [...new Set(urns.flatMap(nameOf))].sort();
    return names.length > 0 ? names : undefined;
}

/** `ContextFile:seed`, or the URN of a resource inside a component. */
function nameOf(urn: unknown): string[] {
    if (typeof urn !== "string") return [];
    const [, , types = "", ...name] = urn.split("::");
    const type = types.split("$").at(-1) ?? "";
    if (!type.startsWith(TOKEN_PREFIX) || type === CONTEXT_TOKEN) return [];
    return [types === type ? `${type.slice(TOKEN_PREFIX.length)}:${name.join("::")}` : urn];
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
const isNoContext = (resource: pulumi.Resource): boolean => internalsOf(resource).__pulumiType !== CONTEXT_TOKEN;

const urnOf = ({ urn }: pulumi.Resource): Promise<unknown> =>
    (urn as unknown as { promise(): Promise<unknown> }).promise();
