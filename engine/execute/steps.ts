/** Executes single steps: calls the provider, and stores the results in the step's state. */

import { commandLine } from "../../common/commandLine";
import { initErrorText } from "../model/initErrors";
import { type PropertyMap, type ResourceState, UNKNOWN } from "../model/types";
import { isProviderType } from "../model/urn";
import { isSecret, makeSecret, sameValue } from "../model/values";
import { diffInputs } from "../plan/comparison";
import type { CreateResult, ResourceProvider } from "../plan/provider";
import type { CreateStep, DeleteStep, ImportStep, ReadStep, RefreshStep, Step, UpdateStep } from "../plan/steps";
import type { ProviderRegistry } from "./providers";

export interface StepContext {
    dryRun: boolean;
    providers: ProviderRegistry;
    /** Whether this deployment deletes the resource. */
    willDelete: (urn: string) => boolean;
}

/** The resource exists but was not initialized completely; the step's state has what is known. */
export class InitFailed extends Error {
    constructor(reasons: readonly string[]) {
        super(initErrorText(reasons));
    }
}
/** The resource is protected; the deployment continues. */
export class ProtectedError extends Error {}

export async function executeStep(step: Step, context: StepContext): Promise<void> {
    switch (step.kind) {
        case "same":
            step.new.outputs = step.old.outputs ?? {};
            if (step.old.id !== undefined) step.new.id = step.old.id;
            if (isProviderType(step.new.type) && step.untargeted !== true) {
                await context.providers.register(step.new, step.old.inputs);
            }
            return;
        case "create":
            return create(step, context);
        case "update":
            return update(step, context);
        case "delete":
            return remove(step, context);
        case "read":
            return read(step, context);
        case "refresh":
            return refresh(step, context);
        case "import":
            return rejectImport(step, context);
        case "skippedCreate":
        case "replace":
        case "removePendingReplace":
    }
}

/** Marks outputs as secret if the program requests it, or if the input of the same name is secret. */
export function markSecrets(state: ResourceState, warn: (text: string) => void): void {
    const outputs = { ...(state.outputs ?? {}) };
    for (const key of state.additionalSecretOutputs ?? []) {
        const output = outputs[key];
        if (key === "id") warn("The 'id' property cannot be made secret. See pulumi/pulumi#2717 for more details.");
        else if (output !== undefined && !isSecret(output)) outputs[key] = makeSecret(output);
    }
    for (const [key, output] of Object.entries(outputs)) {
        if (!isSecret(output) && isSecret(state.inputs?.[key])) outputs[key] = makeSecret(output);
    }
    if (state.outputs !== undefined) state.outputs = outputs;
}

async function create(step: CreateStep, { dryRun, providers }: StepContext): Promise<void> {
    const state = step.new;
    const result = skipsProvider(state, dryRun) ? undefined : await (await providers.of(state)).create(state);
    if (result !== undefined) state.id = result.id;
    state.outputs = outputsOf(state, result);
    const now = new Date().toISOString();
    Object.assign(state, { created: now, modified: now });
    if (step.deletesLater && step.old !== undefined) step.old.delete = true;
    if (result?.initErrors !== undefined) {
        state.initErrors = result.initErrors;
        throw new InitFailed(result.initErrors);
    }
}

async function update({ old, new: state }: UpdateStep, { dryRun, providers }: StepContext): Promise<void> {
    if (old.id !== undefined) state.id = old.id;
    const result = skipsProvider(state, dryRun) ? undefined : await (await providers.of(state)).update(old, state);
    state.outputs = outputsOf(state, result);
    if (result === undefined) return;
    state.modified = new Date().toISOString();
    if (result.initErrors !== undefined) {
        state.initErrors = result.initErrors;
        // The old inputs stay until the update is complete, so the next check and diff detect that work remains.
        state.inputs = old.inputs ?? {};
        throw new InitFailed(result.initErrors);
    }
}

/** Components have no provider. A preview calls only the built-in provider of provider resources. */
const skipsProvider = (state: ResourceState, dryRun: boolean): boolean =>
    !state.custom || (dryRun && !isProviderType(state.type));

function outputsOf(state: ResourceState, result: CreateResult | undefined): PropertyMap {
    if (result !== undefined) return result.outputs;
    return state.custom ? (state.inputs ?? {}) : {};
}

async function remove(step: DeleteStep, { dryRun, providers, willDelete }: StepContext): Promise<void> {
    const { old } = step;
    if (!step.replacing && old.protect === true) {
        throw new ProtectedError(
            `resource "${old.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`${commandLine("up")}\`, or use the command:\n\`${commandLine(`state unprotect '${old.urn}'`)}\``,
        );
    }
    const isDeletedWithAnother = old.deletedWith !== undefined && willDelete(old.deletedWith);
    const callsProvider =
        old.custom && !dryRun && old.external !== true && old.retainOnDelete !== true && !isDeletedWithAnother;
    if (callsProvider) await (await providers.of(old)).delete(old);
    if (step.keepsUntilReplaced) old.pendingReplacement = true;
}

async function read(step: ReadStep, { providers }: StepContext): Promise<void> {
    const { old, new: state } = step;
    if (state.id === UNKNOWN) {
        state.outputs = {};
    } else {
        const result = await (await providers.of(state)).read(state.urn, state.id ?? "", state.inputs, state.inputs);
        state.outputs = result.outputs;
        if (result.id !== "") state.id = result.id;
    }
    if (old === undefined) return;
    if (step.replacing) old.delete = true;
    const changed = !sameValue(old.inputs ?? {}, state.inputs ?? {}) || !sameValue(old.outputs ?? {}, state.outputs);
    if (old.created !== undefined) state.created = old.created;
    const modified = changed ? new Date().toISOString() : old.modified;
    if (modified !== undefined) state.modified = modified;
}

async function refresh(step: RefreshStep, { providers }: StepContext): Promise<void> {
    const { old } = step;
    if (!old.custom || isProviderType(old.type) || old.pendingReplacement === true) return;
    const provider = await providers.of(old);
    const result = await provider.read(old.urn, old.id ?? "", old.outputs ?? {}, old.inputs ?? {});
    if (result.id === "") {
        step.new = undefined;
        step.result = "delete";
        return;
    }
    const state: ResourceState = {
        ...old,
        id: result.id,
        inputs: result.inputs ?? old.inputs ?? {},
        outputs: result.outputs,
    };
    delete state.initErrors;
    const changed = !sameValue(state.inputs, old.inputs ?? {}) || !sameValue(state.outputs, old.outputs ?? {});
    if (changed) state.modified = new Date().toISOString();
    step.result = (await hasDrifted(provider, old, state)) ? "update" : "same";
    step.new = state;
}

/** Whether the next `up` of an unchanged program would update the resource. External resources are compared by their outputs. */
async function hasDrifted(provider: ResourceProvider, old: ResourceState, current: ResourceState): Promise<boolean> {
    if (old.external === true) return !sameValue(old.outputs ?? {}, current.outputs ?? {});
    return (await diffInputs(provider, current, old.inputs ?? {}, old.ignoreChanges)).changes;
}

/** Reads the resource first, so that the provider's own error is reported if there is one. */
async function rejectImport(step: ImportStep, { providers }: StepContext): Promise<void> {
    await (await providers.of(step.new)).read(step.urn, step.id, undefined, undefined);
    throw new Error(
        `dynamic resources cannot be imported: ${step.urn}. Read it by its id with the resource's static method \`get\`, or use the resource's own way of taking over an existing one.`,
    );
}
