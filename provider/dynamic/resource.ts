/** The base of all resources: what a program registers so that the provider process finds the right handlers. */
import * as pulumi from "@pulumi/pulumi";
import { programError } from "./programError";
import { PROVIDER_KEY, providerFactorySource, typeToken } from "./identifiers";

/** What a kind of resource is called, and which of its outputs are secret or computed. */
export interface ResourceDefinition {
    /** The last part of the type: `Session`. */
    name: string;
    /** The function of `pulumi-agb/handlers` that has its handlers. */
    handlers: string;
    /** Every output that is no input. */
    computed: readonly string[];
    secret?: readonly string[];
    /** Outputs that are secret where one of the inputs is from which they are made. */
    secretWhen?: Readonly<Record<string, readonly string[]>>;
    /** What to do instead of the option `import`. */
    importAlternative: string;
}

/** The parts of a resource that the SDK keeps to itself, by which its place in the program is told. */
interface ResourceInternals {
    __name?: string;
    __parentResource?: pulumi.Resource;
}

export abstract class AgbResource extends pulumi.CustomResource {
    /** @internal */
    protected constructor(
        definition: ResourceDefinition,
        name: string,
        args: object,
        opts: pulumi.CustomResourceOptions = {},
    ) {
        rejectUnsupportedOptions(definition, name, opts);
        super(typeToken(definition.name), name, properties(definition, name, args, opts), {
            ...opts,
            additionalSecretOutputs: [...(definition.secret ?? []), ...(opts.additionalSecretOutputs ?? [])],
        });
    }
}

function properties(
    definition: ResourceDefinition,
    name: string,
    args: object,
    opts: pulumi.CustomResourceOptions,
): pulumi.Inputs {
    const computed = Object.fromEntries(definition.computed.map((key) => [key, undefined]));
    return {
        ...computed,
        ...args,
        [PROVIDER_KEY]: providerFactorySource(definition.handlers),
        __origin: { project: pulumi.getProject(), stack: pulumi.getStack(), name, parents: parents(opts.parent) },
        __secretOutputs: secretOutputs(definition, args),
        // The engine keeps custom timeouts from dynamic providers.
        ...(opts.customTimeouts && opts.id === undefined ? { __timeouts: { ...opts.customTimeouts } } : {}),
    };
}

/** The outputs that this time are secret, since an input of theirs is: the provider sees plain values, and could not tell. Absent where there is none. */
function secretOutputs(
    { secretWhen: derived = {} }: ResourceDefinition,
    args: object,
): pulumi.Output<string[] | undefined> {
    const isSecret = (key: string) => pulumi.isSecret(pulumi.output((args as Record<string, unknown>)[key]));
    const names = Object.entries(derived).map(async ([output, inputs]) =>
        (await Promise.all(inputs.map(isSecret))).includes(true) ? [output] : [],
    );
    return pulumi.output(Promise.all(names)).apply((found) => (found.flat().length > 0 ? found.flat() : undefined));
}

/** Names of the components around a resource, outermost first. */
function parents(resource: pulumi.Resource | undefined): string[] {
    const { __name, __parentResource } = (resource ?? {}) as ResourceInternals;
    return __name === undefined ? [] : [...parents(__parentResource), __name];
}

function rejectUnsupportedOptions(
    definition: ResourceDefinition,
    name: string,
    opts: pulumi.CustomResourceOptions,
): void {
    const what = `${definition.name} "${name}"`;
    if (opts.import !== undefined)
        throw programError(
            `${what}: the option "import" does not work for resources of pulumi-agb. ${definition.importAlternative}`,
        );
    if (opts.provider !== undefined) {
        throw programError(
            `${what}: the option "provider" does not work for resources of pulumi-agb. The account is set for the whole stack: agb:apiKey and agb:endpoint in its configuration.`,
        );
    }
}
