/** Describes existing contexts for `pulumi import`, which the command `pulumi-agb import` writes to a file. */
import type { AgbClient, AgbSettingsSource, WireContext } from "../agb";
import { Account } from "../handlers/account";
import { agbConfig } from "../handlers/config";
import { contextHandlers } from "../handlers/context";
import { nullReporter } from "../handlers/reporter";
import { PROVIDER_KEY, providerFactorySource, typeToken } from "./identifiers";

/** A resource in the file for `pulumi import --file`. */
export interface ImportSpec {
    type: string;
    name: string;
    id: string;
    inputs: object;
    outputs: object;
}

/** The account in a stack's config, which maps `agb:KEY` to text. */
export function configuredAccount(config: ReadonlyMap<string, string>): AgbSettingsSource {
    return agbConfig((key) => config.get(key));
}

/**
 * Describes a context, or returns undefined if it no longer exists. Inputs and outputs are included, because Pulumi cannot
 * read a dynamic resource when it imports it.
 */
export async function contextImport(
    agb: AgbClient,
    { id, name }: WireContext,
    stack: { project: string; stack: string },
): Promise<ImportSpec | undefined> {
    const account = new Account(agb, nullReporter, {}, []);
    const found = await contextHandlers.read({ id, state: { __origin: { ...stack, name, parents: [] } }, account });
    if (!found) return undefined;
    const provider = { [PROVIDER_KEY]: providerFactorySource("context") };
    return {
        type: typeToken("Context"),
        name,
        id,
        inputs: { ...found.inputs, ...provider },
        outputs: { ...found.state, ...provider },
    };
}
