/** The base class of all resources: registers a resource with everything the provider process needs to manage it. */
import * as pulumi from "@pulumi/pulumi";
import { commandLine } from "../../common/commandLine";
import { parseDuration } from "../../common/duration";
import { containsOutputText } from "../../common/outputText";
import type { ResourceDefinition } from "../definitions/definition";
import type { Origin } from "../handlers/origin";
import { checkConfigOnce } from "./configCheck";
import { contentsOf } from "./contents";
import { dependencyNames } from "./dependencies";
import { checkHandlersOnce } from "./handlersCheck";
import { internalsOf, lineage } from "./resourceInternals";
import { programError } from "./programError";
import {
    ORIGIN_KEY,
    PROTECT_KEY,
    PROVIDER_KEY,
    providerFactorySource,
    SECRET_OUTPUTS_KEY,
    TIMEOUTS_KEY,
    typeToken,
} from "./identifiers";

/** A table with every input of `Args` and every other output that the class `Self` declares. */
type DefinitionOf<Self, Args> = ResourceDefinition<
    keyof Args & string,
    Exclude<keyof Self, keyof pulumi.CustomResource | keyof Args> & string
>;

/** The options that resources of this package support. Each of the others is an error with a reason, also for JavaScript. */
export type AgbResourceOptions = Omit<pulumi.CustomResourceOptions, "import" | "provider" | "replaceOnChanges">;

/** The type of the root of a program's resources, which is not part of a URN. */
const STACK_TYPE = "pulumi:pulumi:Stack";

/** `Self` is the class itself and `Args` its arguments: a definition that lacks one of their keys does not compile. */
export abstract class AgbResource<Self = unknown, Args = object> extends pulumi.CustomResource {
    /** @internal */
    protected constructor(
        definition: DefinitionOf<Self, Args>,
        name: string,
        args: object,
        opts: pulumi.CustomResourceOptions = {},
    ) {
        checkHandlersOnce();
        checkConfigOnce();
        rejectUnsupported(definition, name, opts);
        const inputs = properties(definition, name, args, opts);
        const options = {
            ...opts,
            ...validTimeouts(opts),
            ...replacementOrder(definition, opts),
            additionalSecretOutputs: [...secretOutputs(definition), ...(opts.additionalSecretOutputs ?? [])],
        };
        const limit = Error.stackTraceLimit;
        try {
            // The SDK formats a stack trace for each of four promises per property, which takes longer than all the rest.
            if (!isTransformed(opts)) Error.stackTraceLimit = 0;
            super(typeToken(definition.name), name, inputs, options);
        } catch (error) {
            Error.stackTraceLimit = limit;
            if (error instanceof Error && !isTransformed(opts)) Error.captureStackTrace(error, new.target);
            throw error;
        } finally {
            Error.stackTraceLimit = limit;
        }
    }
}

/** Whether registering the resource runs code of the program, whose errors need their stack trace. */
function isTransformed({ transformations, parent }: pulumi.CustomResourceOptions): boolean {
    const outer = parent ?? pulumi.runtime.getStackResource();
    return [transformations, outer && internalsOf(outer).__transformations].some((list = []) => list.length > 0);
}

function properties(
    definition: ResourceDefinition,
    name: string,
    args: object,
    opts: pulumi.CustomResourceOptions,
): pulumi.Inputs {
    const inputs: Record<string, unknown> = { ...args };
    return {
        // The SDK resolves only outputs whose keys are registered.
        ...Object.fromEntries([...Object.keys(definition.inputs), ...Object.keys(definition.outputs)].map(absent)),
        ...inputs,
        ...expectedOutputs(definition, inputs),
        [PROVIDER_KEY]: providerFactorySource(definition.handlers),
        [ORIGIN_KEY]: {
            ...originOf(definition, name, opts.parent),
            after: opts.id === undefined ? dependencyNames(args, opts) : undefined,
        },
        ...derivedSecrets(definition, inputs),
        // The engine does not pass custom timeouts to dynamic providers.
        ...(opts.customTimeouts && opts.id === undefined ? { [TIMEOUTS_KEY]: { ...opts.customTimeouts } } : {}),
        ...(isProtected(opts) && opts.id === undefined ? { [PROTECT_KEY]: true } : {}),
    };
}

/** A resource inherits the option from its parent. */
const isProtected = ({ protect, parent }: pulumi.CustomResourceOptions): boolean =>
    protect ?? (parent && internalsOf(parent).__protect) ?? false;

/** Without bad durations, for which the engine ends the program with a stack trace. `check` reports them with the other failures. */
function validTimeouts({ customTimeouts }: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    if (customTimeouts === undefined) return {};
    const isValid = ([, text]: [string, unknown]) => typeof text === "string" && parseDuration(text) !== undefined;
    return { customTimeouts: Object.fromEntries(Object.entries(customTimeouts).filter(isValid)) };
}

/** A forced replacement does not call `diff`, so only this option makes it delete the old resource first. */
function replacementOrder(
    definition: ResourceDefinition,
    { deleteBeforeReplace = definition.deleteBeforeReplace || undefined }: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
    return deleteBeforeReplace === undefined ? {} : { deleteBeforeReplace };
}

const absent = (key: string): [string, undefined] => [key, undefined];

const secretOutputs = ({ outputs }: ResourceDefinition): string[] =>
    Object.keys(outputs).filter((key) => outputs[key]?.secret);

/**
 * Placeholders for the expected outputs that may be secret. The checked inputs contain them, and the engine encrypts a
 * checked input only if the program gave a secret under the same name.
 */
function expectedOutputs({ outputs }: ResourceDefinition, inputs: Record<string, unknown>): pulumi.Inputs {
    const placeholders = Object.entries(outputs).flatMap(([key, { expected, secretWhen }]) =>
        expected && secretWhen ? [[key, pulumi.all(secretWhen.map((input) => inputs[input])).apply(() => "")]] : [],
    );
    return Object.fromEntries(placeholders) as pulumi.Inputs;
}

/** The other outputs that are secret because one of their inputs is. The provider only sees plain values. Absent if there are none. */
function derivedSecrets(
    { outputs }: ResourceDefinition,
    inputs: Record<string, unknown>,
): { [SECRET_OUTPUTS_KEY]?: Promise<string[] | undefined> } {
    const names = Object.entries(outputs).flatMap(([output, { expected, secretWhen = [] }]) => {
        const contents = expected ? undefined : contentsOf(secretWhen.map((input) => inputs[input]));
        return contents ? [contents.then(({ isSecret }) => (isSecret ? [output] : []))] : [];
    });
    if (names.length === 0) return {};
    const found = Promise.all(names).then((secret) => (secret.flat().length > 0 ? secret.flat() : undefined));
    // An input that fails makes the registration fail, with a message of its own.
    return { [SECRET_OUTPUTS_KEY]: found.catch(() => undefined) };
}

/** Where a resource is declared. The URN is put together here, because the engine assigns it only at the registration. */
function originOf(definition: ResourceDefinition, name: string, parent: pulumi.Resource | undefined): Origin {
    const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
    const parents = lineage(parent).map(internalsOf);
    const types = parents.map(({ __pulumiType }) => __pulumiType).filter((type) => type !== STACK_TYPE);
    const urn = `urn:pulumi:${stack}::${project}::${[...types, typeToken(definition.name)].join("$")}::${name}`;
    return { project, stack, name, parents: parents.map(({ __name }) => __name), urn };
}

function rejectUnsupported(definition: ResourceDefinition, name: string, opts: pulumi.CustomResourceOptions): void {
    if (containsOutputText(name)) {
        throw programError(
            `A ${definition.name} has an output in its name, but a name must be known before any output. Choose a fixed name.`,
        );
    }
    const resource = `${definition.name} "${name}"`;
    if (opts.import !== undefined) {
        throw programError(
            `${resource}: the option "import" does not work for resources of pulumi-agb. ${definition.importAlternative}`,
        );
    }
    if (opts.provider !== undefined) {
        throw programError(
            `${resource}: the option "provider" does not work for resources of pulumi-agb. The account applies to the whole stack: set agb:apiKey and agb:endpoint in its configuration.`,
        );
    }
    if (opts.replaceOnChanges !== undefined && opts.replaceOnChanges.length > 0) {
        throw programError(
            `${resource}: the option "replaceOnChanges" does not work for resources of pulumi-agb. Remove it, and replace the resource when you need to: \`${commandLine("up --replace URN")}\`.`,
        );
    }
    if (opts.deleteBeforeReplace === false && definition.createFirstProblem !== undefined) {
        throw programError(
            `${resource}: the option "deleteBeforeReplace: false" would lose data: ${definition.createFirstProblem}. Remove the option.`,
        );
    }
}
