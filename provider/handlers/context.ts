/** A context: named storage that outlives sessions. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type AgbClient, AgbApiError, findContext, type WireContext } from "../agb";
import type { Account } from "./account";
import { withErrorContext, wrapError, forceDestroyHint } from "./support/errors";
import { displayName, type CheckResult, type CommonInputs, type Diff, type Handlers } from "./contract";
import { checkInputs, commonInputs } from "./support/inputs";
import { runExclusive } from "./support/keyedMutex";

export const contextInputsSchema = z.object({
    name: z.string().regex(/\S/, "must not be empty").optional(),
    adopt: z.boolean().default(false),
    forceDestroy: z.boolean().default(false),
    region: z.string().min(1).optional(),
    ...commonInputs,
});

interface ContextInputs extends CommonInputs {
    name: string;
    adopt: boolean;
    forceDestroy: boolean;
    region?: string | undefined;
}

interface ContextState extends ContextInputs {
    state?: string | undefined;
    createTime?: string | undefined;
    lastUsedTime?: string | undefined;
    adopted: boolean;
}

/** Counting stops here: the message is as clear with "more than". */
const MAX_COUNTED_FILES = 1000;

export const contextHandlers: Handlers<ContextInputs, ContextState> = {
    check({ olds, news }): CheckResult {
        const { inputs, failures } = checkInputs(contextInputsSchema, news);
        // A name once made is kept; a replacement comes with empty olds and gets a new one.
        inputs.name ??=
            typeof olds.name === "string"
                ? olds.name
                : `${(inputs as CommonInputs).__origin?.name ?? "context"}-${randomBytes(4).toString("hex").slice(0, 7)}`;
        return { inputs, failures };
    },

    diff({ state, inputs }): Diff {
        const replaces = state.region === inputs.region ? [] : ["region"];
        const inPlace = (["name", "adopt", "forceDestroy"] as const).some((key) => state[key] !== inputs[key]);
        return { changes: inPlace || replaces.length > 0, replaces, deleteBeforeReplace: true };
    },

    async create({ inputs, account }) {
        // AGB hands out an existing context of that name without a word: looking and making must not be interleaved.
        const { context, adopted } = await runExclusive(inputs.name, () => createOrAdopt(account.agb, inputs));
        return { id: context.id, state: stateOf(context, { ...inputs, adopted }) };
    },

    async read({ id, state, account }) {
        const context = await findContext(account.agb, { id });
        if (!context) return undefined;
        const { adopt = false, forceDestroy = false, adopted = false, region, __origin, __timeouts } = state;
        const inputs: ContextInputs = { name: context.name, adopt, forceDestroy, region, __origin, __timeouts };
        return { state: stateOf(context, { ...inputs, adopted }), inputs };
    },

    async update({ id, state, inputs, account }) {
        if (state.name !== inputs.name) {
            await withErrorContext(
                `${displayName("Context", inputs)} could not be renamed from "${state.name}" to "${inputs.name}"`,
                () => account.agb.renameContext(id, inputs.name),
            );
        }
        return { state: stateOf(await account.agb.getContext({ id }), { ...inputs, adopted: state.adopted }) };
    },

    async delete({ id, state, account }) {
        if (state.adopted) return;
        if (!account.isForceDestroyed(state)) await assertEmpty(account, id, state);
        try {
            await account.agb.deleteContext(id);
        } catch (error) {
            if (await findContext(account.agb, { id }))
                throw wrapError(`${displayName("Context", state)} (${id}) could not be deleted`, error);
        }
    },
};

async function createOrAdopt(
    agb: AgbClient,
    inputs: ContextInputs,
): Promise<{ context: WireContext; adopted: boolean }> {
    const { name, region } = inputs;
    const existing = await findContext(agb, { name });
    if (existing && !inputs.adopt) {
        throw new Error(
            `${displayName("Context", inputs)} could not be created: the account has a context "${name}" already (${existing.id}); perhaps an interrupted run made it. ` +
                `Take it over with adopt: true, refer to it with Context.get("…", "${existing.id}"), or choose another name.`,
        );
    }
    if (existing) return { context: existing, adopted: true };
    const context = await withErrorContext(
        `${displayName("Context", inputs)} could not be created with the name "${name}"`,
        () => agb.ensureContext(name, region),
    );
    return { context, adopted: false };
}

function stateOf(context: WireContext, inputs: ContextInputs & { adopted: boolean }): ContextState {
    const { state, createTime, lastUsedTime } = context;
    return { ...inputs, name: context.name, state, createTime, lastUsedTime };
}

async function assertEmpty(account: Account, id: string, state: ContextState): Promise<void> {
    let files = 0;
    try {
        const walk = account.agb.walkContextFiles(id);
        while (files <= MAX_COUNTED_FILES && !(await walk.next()).done) files++;
    } catch (error) {
        if (error instanceof AgbApiError && !(await findContext(account.agb, { id }))) return;
        throw wrapError(
            `${displayName("Context", state)} (${id}) was not deleted, since it could not be seen whether it holds files`,
            error,
        );
    }
    if (files === 0) return;
    const count =
        files > MAX_COUNTED_FILES ? `more than ${MAX_COUNTED_FILES} files` : files === 1 ? "1 file" : `${files} files`;
    throw new Error(
        `${displayName("Context", state)} (${id}) was not deleted: it holds ${count}. ${forceDestroyHint("delete them with it", state)} ` +
            `To keep them, give it the option retainOnDelete: true and run \`pulumi up\` first, or remove it from the state alone: \`pulumi state delete\`.`,
    );
}
