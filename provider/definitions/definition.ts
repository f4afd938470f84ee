/** The shape of a definition table: what front ends and handlers need to know about each input and output of a resource. */

/** What a change of an input does: replace the resource, update it in place, or nothing. */
export type ChangeEffect = "replace" | "update" | "none";

/** An output that does not just repeat the input of the same name. */
export interface ComputedOutput<Input extends string = string> {
    /** Always a secret. */
    secret?: true;
    /** A secret if one of these inputs is. */
    secretWhen?: readonly Input[];
    /** `check` adds the value that the deployment will produce to the inputs. A difference from the state is an update. */
    expected?: true;
}

export interface ResourceDefinition<Input extends string = string, Output extends string = string> {
    /** The last part of the resource's type, such as `Session`. */
    name: string;
    /** The export of `pulumi-agb/handlers` that manages the resource. It is stored in every state and never changes. */
    handlers: string;
    /** Every input, with the effect of a change. */
    inputs: Readonly<Record<Input, ChangeEffect>>;
    /** Every output that no input of the same name provides. */
    outputs: Readonly<Record<Output, ComputedOutput<Input>>>;
    /**
     * Whether a replacement deletes the old resource before it creates the new one. A forced replacement does not call
     * `diff`, so the order is also a resource option.
     */
    deleteBeforeReplace: boolean;
    /** Why the other order would lose data. The option `deleteBeforeReplace: false` is rejected with this reason. */
    createFirstProblem?: string;
    /** What to do instead of using the option `import`, which does not work for dynamic resources. */
    importAlternative: string;
}

/** Keeps the names of inputs and outputs in the type, so the compiler can compare them with the class and the schema. */
export function defineResource<Input extends string, Output extends string>(
    definition: Omit<ResourceDefinition<Input, Output>, "outputs"> & {
        outputs: Readonly<Record<Output, ComputedOutput<NoInfer<Input>>>>;
    },
): ResourceDefinition<Input, Output> {
    return definition;
}
