/** Carries single steps out: calls the provider, and fills in what came back. */

import type { ResourceProvider } from "../plan/provider";
import type { CreateStep, DeleteStep, ImportStep, ReadStep, RefreshStep, Step, UpdateStep } from "../plan/steps";
import { isProviderType } from "../model/urn";
import { isSecret, makeSecret, sameValue } from "../model/values";
import type { ResourceState } from "../model/types";
import { UNKNOWN } from "../model/types";
import type { ProviderRegistry } from "./providers";

export interface StepContext {
    dryRun: boolean;
    providers: ProviderRegistry;
    /** URNs that are deleted in this deployment. */
    deletes: ReadonlySet<string>;
}

/** The resource was made, but is not what it should be; the step's state has what is known. */
export class InitFailed extends Error {
    constructor(reasons: readonly string[]) {
        super(
            `${reasons.length} ${reasons.length === 1 ? "error" : "errors"} occurred:\n${reasons.map((reason) => `\t* ${reason}`).join("\n")}`,
        );
    }
}
/** The resource is protected; everything else goes on. */
export class ProtectedError extends Error {}

export async function executeStep(step: Step, context: StepContext): Promise<void> {
    switch (step.kind) {
        case "same":
            step.new.outputs = step.old.outputs ?? {};
            if (step.old.id !== undefined) step.new.id = step.old.id;
            if (isProviderType(step.new.type) && step.untargeted !== true)
                await context.providers.register(step.new, step.old.inputs);
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

/** Marks as secret what the program wants to be, and what comes from a secret input of the same name. */
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
    const mark = (): void => {
        const now = new Date().toISOString();
        Object.assign(state, { created: now, modified: now });
        if (step.deletesLater && step.old !== undefined) step.old.delete = true;
    };
    if (!state.custom) {
        state.outputs = {};
        mark();
        return;
    }
    if (dryRun && !isProviderType(state.type)) {
        state.outputs = state.inputs ?? {};
        mark();
        return;
    }
    const made = await (await providers.of(state)).create(state);
    state.id = made.id;
    state.outputs = made.outputs;
    mark();
    if (made.initErrors !== undefined) {
        state.initErrors = made.initErrors;
        throw new InitFailed(made.initErrors);
    }
}

async function update({ old, new: state }: UpdateStep, { dryRun, providers }: StepContext): Promise<void> {
    if (old.id !== undefined) state.id = old.id;
    if (!state.custom) {
        state.outputs = {};
        return;
    }
    if (dryRun && !isProviderType(state.type)) {
        state.outputs = state.inputs ?? {};
        return;
    }
    const made = await (await providers.of(state)).update(old, state);
    state.outputs = made.outputs;
    state.modified = new Date().toISOString();
    if (made.initErrors !== undefined) {
        state.initErrors = made.initErrors;
        // The new ones count when the update is complete: until then the next check and diff see that something is to be done.
        state.inputs = old.inputs ?? {};
        throw new InitFailed(made.initErrors);
    }
}

async function remove(step: DeleteStep, { dryRun, providers, deletes }: StepContext): Promise<void> {
    const { old } = step;
    if (!step.replacing && old.protect === true) {
        throw new ProtectedError(
            `resource "${old.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${old.urn}'\``,
        );
    }
    const goesWithAnother = old.deletedWith !== undefined && deletes.has(old.deletedWith);
    const callsProvider =
        old.custom && !dryRun && old.external !== true && old.retainOnDelete !== true && !goesWithAnother;
    if (callsProvider) await (await providers.of(old)).delete(old);
    if (step.keepsUntilReplaced) old.pendingReplacement = true;
}

async function read(step: ReadStep, { providers }: StepContext): Promise<void> {
    const { old, new: state } = step;
    if (state.id === UNKNOWN) {
        state.outputs = {};
    } else {
        const found = await (await providers.of(state)).read(state.urn, state.id ?? "", state.inputs, state.inputs);
        state.outputs = found.outputs;
        if (found.id !== "") state.id = found.id;
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
    const found = await provider.read(old.urn, old.id ?? "", old.outputs ?? {}, old.inputs ?? {});
    if (found.id === "") {
        step.new = undefined;
        step.result = "delete";
        return;
    }
    const state: ResourceState = {
        ...old,
        id: found.id,
        inputs: found.inputs ?? old.inputs ?? {},
        outputs: found.outputs,
    };
    delete state.initErrors;
    const changed = !sameValue(state.inputs, old.inputs ?? {}) || !sameValue(state.outputs, old.outputs ?? {});
    if (changed) state.modified = new Date().toISOString();
    step.result = (await differs(provider, old, state)) ? "update" : "same";
    step.new = state;
}

/** Whether the next `up` of an unchanged program would change it. What is only read is compared as it is. */
async function differs(provider: ResourceProvider, old: ResourceState, found: ResourceState): Promise<boolean> {
    if (old.external === true) return !sameValue(old.outputs ?? {}, found.outputs ?? {});
    return (await provider.diff(found, old.inputs ?? {})).changes;
}

async function rejectImport(step: ImportStep, { providers }: StepContext): Promise<void> {
    await (await providers.of(step.new)).read(step.urn, step.id, undefined, undefined);
    throw new Error(
        `dynamic resources cannot be imported: ${step.urn}. Read it by its id with the resource's static method \`get\`, or use what the resource itself offers for taking something over.`,
    );
}
