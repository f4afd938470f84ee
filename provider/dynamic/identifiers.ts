/** Names that every state file contains. They never change. */

/** The type of a resource: `pulumi-nodejs:dynamic/agb:Session`. */
export const typeToken = (name: string): string => `pulumi-nodejs:dynamic/agb:${name}`;

/** The value of {@link PROVIDER_KEY}. Evaluated in the provider process, it returns the handlers of a resource. */
export const providerFactorySource = (handlers: string): string =>
    `exports.handler=()=>require("pulumi-agb/handlers").${handlers}`;

/** The input that holds the code with which Pulumi's dynamic provider finds a resource's handlers. */
export const PROVIDER_KEY = "__provider";
/** The input with the place of declaration; see `Origin`. */
export const ORIGIN_KEY = "__origin";
/** The input with the option `customTimeouts`. */
export const TIMEOUTS_KEY = "__timeouts";
/** The input that is true for a resource with the option `protect`. */
export const PROTECT_KEY = "__protected";
/** The input with the names of the outputs that are secret because an input is. */
export const SECRET_OUTPUTS_KEY = "__secretOutputs";
