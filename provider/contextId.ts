/** Arguments that take a context or a session, or its id. Only the id is registered. */
import { CustomResource, Output } from "@pulumi/pulumi";

/** The arguments with the id in place of a context. Programs in JavaScript may give arguments of any type. */
export const withContextId = <Args>(args: Args): Args => withMapped(args, "contextId", idOf);

/** {@link withContextId} for a session. */
export const withSessionId = <Args>(args: Args): Args => withMapped(args, "sessionId", idOf);

/** {@link withContextId} for each mount of a session. */
export const withContextIds = <Args>(args: Args): Args =>
    withMapped(args, "contextSyncs", (mounts) =>
        Array.isArray(mounts) ? mounts.map((mount) => mapInput(mount, withContextId)) : mounts,
    );

/** The arguments with another value of an input that they have. */
function withMapped<Args>(args: Args, key: string, map: (value: unknown) => unknown): Args {
    if (typeof args !== "object" || args === null || !(key in args)) return args;
    return { ...args, [key]: mapInput((args as Record<string, unknown>)[key], map) };
}

const idOf = (resource: unknown) => (CustomResource.isInstance(resource) ? resource.id : resource);

/** Applies a function to an input of any type, and leaves a plain value plain. */
function mapInput(input: unknown, map: (value: unknown) => unknown): unknown {
    if (Output.isInstance(input)) return input.apply(map);
    return input instanceof Promise ? input.then(map) : map(input);
}
