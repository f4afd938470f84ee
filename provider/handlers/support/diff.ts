/** The diff that follows from a definition table. */
import { isDeepStrictEqual } from "node:util";
import type { ResourceDefinition } from "../../definitions/definition";
import type { Diff } from "../contract";
import type { CommonInputs } from "../origin";

/** How to compare inputs for which deep equality is too strict. */
type Comparisons<Inputs> = { [Key in keyof Inputs]?: (before: Inputs[Key], after: Inputs[Key]) => boolean };

/** Compares the state with new inputs, each by the effect that the table gives to a change of it. */
export function diffInputs<Inputs extends CommonInputs>(
    definition: ResourceDefinition,
    state: Inputs,
    inputs: Inputs,
    comparisons: Comparisons<Inputs> = {},
): Diff {
    const isChanged = (name: string): boolean => {
        const key = name as keyof Inputs;
        return !(comparisons[key] ?? isDeepStrictEqual)(state[key], inputs[key]);
    };
    const withEffect = (effect: string) =>
        Object.keys(definition.inputs).filter((key) => definition.inputs[key] === effect);
    const expected = Object.keys(definition.outputs).filter((key) => definition.outputs[key]?.expected);
    const replaces = withEffect("replace").filter(isChanged);
    // A deletion takes its time limit from the state.
    const isLimitChanged = state.__timeouts?.delete !== inputs.__timeouts?.delete;
    return {
        changes: replaces.length > 0 || isLimitChanged || [...withEffect("update"), ...expected].some(isChanged),
        replaces,
        deleteBeforeReplace: definition.deleteBeforeReplace,
    };
}
