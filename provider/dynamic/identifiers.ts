/** What stands in every state file, and hence stays as it is for ever. */

/** The type of a resource: `pulumi-nodejs:dynamic/agb:Session`. */
export const typeToken = (name: string): string => `pulumi-nodejs:dynamic/agb:${name}`;

/** The input {@link PROVIDER_KEY}: evaluated in the provider process, it finds the handlers of a resource. */
export const providerFactorySource = (handlers: string): string =>
    `exports.handler=()=>require("pulumi-agb/handlers").${handlers}`;

/** The input by which the provider process finds what manages a resource. */
export const PROVIDER_KEY = "__provider";
