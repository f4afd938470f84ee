/** Creates the context of a resource, or finds the one that the resource is to take over. */
import { commandLine } from "../../common/commandLine";
import { findContext, mayHaveTakenEffect, type WireContext } from "../agb/index";
import { sleep } from "../agb/polling";
import type { Account } from "./account";
import { readNote, removeNote, writeNote, type ContextNote } from "./contextNotes";
import { displayName, type CommonInputs } from "./origin";
import { withErrorContext, wrapError } from "./support/errors";
import { deadline } from "./support/timeouts";

interface ContextRequest extends CommonInputs {
    name: string;
    region?: string | undefined;
    adopt: boolean;
}

/** How often to send a creation whose outcome stays unclear. */
const ATTEMPTS = 3;

/** Nothing else may create a context of the same name at the same time. A name that is known to be new is not looked up. */
export async function createContext(
    inputs: ContextRequest,
    account: Account,
    { isNewName = false } = {},
): Promise<{ context: WireContext; adopted: boolean }> {
    const { name, region, adopt, __origin: origin } = inputs;
    const existing = isNewName ? undefined : await account.findContextByName(name, region);
    const left = await findLeftContext(inputs, existing, account);
    if (left) return { context: await takeOver(left, inputs, account), adopted: false };
    if (existing && !adopt) {
        throw new Error(
            `${displayName("Context", inputs)} could not be created: the account already has a context "${name}" (${existing.id}), perhaps from an interrupted run. ` +
                `Take it over with adopt: true, refer to it with Context.get("…", "${existing.id}"), or choose another name.`,
        );
    }
    if (existing) {
        account.keptContexts.add(existing.id);
        return { context: existing, adopted: true };
    }
    const note: ContextNote = { startedAt: Date.now(), name, region };
    await writeNote(account, origin, note);
    const context = await createNew(inputs, account);
    account.createdContexts.add(context.id);
    await writeNote(account, origin, { ...note, id: context.id });
    return { context, adopted: false };
}

/** The context that an interrupted run has created for this resource, if it exists. Its generated name may be another one. */
async function findLeftContext(
    { name, region, __origin }: ContextRequest,
    existing: WireContext | undefined,
    account: Account,
): Promise<WireContext | undefined> {
    const note = await readNote(account, __origin);
    if (!note || note.region !== region || account.createdContexts.has(note.id ?? "")) return undefined;
    if (existing) return (note.id === undefined ? note.name === name : note.id === existing.id) ? existing : undefined;
    return findContext(account.agb, note.id === undefined ? { name: note.name } : { id: note.id }, region);
}

async function takeOver(context: WireContext, inputs: ContextRequest, account: Account): Promise<WireContext> {
    const { name, region, __origin } = inputs;
    account.reporter.info(
        `${displayName("Context", inputs)} (${context.id}) was created by an earlier run and is missing in the state. It is taken over.`,
    );
    account.keptContexts.add(context.id);
    // Before the name changes: a run that is interrupted in between leaves no other trace of the context.
    await writeNote(account, __origin, { startedAt: Date.now(), name, region, id: context.id });
    await renameContext(context, inputs, account);
    return { ...context, name };
}

/** Gives the context the name that the program declares. */
export async function renameContext(
    { id, name }: Pick<WireContext, "id" | "name">,
    inputs: Pick<ContextRequest, "name" | "__origin">,
    { agb }: Account,
): Promise<void> {
    if (name === inputs.name) return;
    await withErrorContext(
        `${displayName("Context", inputs)} could not be renamed from "${name}" to "${inputs.name}"`,
        () => agb.renameContext(id, inputs.name),
    );
}

/** There was no context of that name before. So if the outcome of a call is unclear, one that exists now is its result. */
async function createNew(inputs: ContextRequest, account: Account): Promise<WireContext> {
    const { name, region } = inputs;
    const { agb } = account;
    const until = deadline(inputs, "create");
    const attempted = `${displayName("Context", inputs)} could not be created with the name "${name}"`;
    for (let attempt = 1, isUnclear = false; ; attempt++) {
        try {
            return await agb.ensureContext(name, region);
        } catch (error) {
            // A later attempt that is refused says nothing about an earlier one.
            isUnclear ||= mayHaveTakenEffect(error);
            if (!isUnclear) {
                await removeNote(account, inputs.__origin);
                throw wrapError(attempted, error);
            }
            const created = await findContext(agb, { name }, region).catch(() => undefined);
            if (created) return created;
            if (attempt === ATTEMPTS || Date.now() >= until || !mayHaveTakenEffect(error)) {
                const advice = `Run \`${commandLine("up")}\` again: if the context was created, it is taken over.`;
                throw wrapError(attempted, error, advice);
            }
            await sleep(agb.timings.callRetryMs * attempt);
        }
    }
}
