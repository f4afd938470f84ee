/** A context: named storage that outlives sessions. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { commandLine } from "../../common/commandLine";
import { type AgbClient, findContext, type WireContext } from "../agb";
import { contextDefinition } from "../definitions/context";
import type { Account } from "./account";
import { withErrorContext, wrapError, forceDestroyHint, stateDeleteCommand } from "./support/errors";
import { type CheckResult, type Handlers } from "./contract";
import { declarations } from "./declared/declarations";
import { displayName, type CommonInputs } from "./origin";
import { checkInputs, commonInputs } from "./support/inputs";
import { diffInputs } from "./support/diff";
import { runExclusive } from "./support/keyedMutex";
import { createContext, renameContext } from "./contextCreate";
import { removeNote } from "./contextNotes";
import { unlessContextGone } from "./files/contextFiles";
import { notedFilesOfContext } from "./files/fileNotes";
import { deleteLeftovers } from "./files/leftovers";

export const contextInputsSchema = z.object({
    name: z.string().regex(/\S/, "must not be empty").optional(),
    adopt: z.boolean().default(false),
    forceDestroy: z.boolean().default(false),
    region: z.string().min(1).optional(),
    ...commonInputs,
});

/** A check without a name chooses one. */
type ContextInputs = z.output<typeof contextInputsSchema> & { name: string };

interface ContextState extends ContextInputs {
    state?: string | undefined;
    createTime?: string | undefined;
    lastUsedTime?: string | undefined;
    adopted: boolean;
}

/** Counting stops at this number. */
const MAX_COUNTED_FILES = 1000;

/** Long enough that no other context has the same: the name is not looked up. */
const SUFFIX_BYTES = 6;
/** The names that this process has generated and not used. */
const unusedNames = new Set<string>();

/** The resources that the program still declares. A refresh also compares those that it has dropped. */
const declaredAgain = new Set<string>();
const originKey = ({ __origin }: CommonInputs): string => JSON.stringify(__origin);

export const contextHandlers: Handlers<ContextInputs, ContextState> = {
    definition: contextDefinition,

    check({ olds, news }): CheckResult {
        const { inputs, failures, valid } = checkInputs(contextInputsSchema, news);
        if (!valid) return { inputs, failures };
        if (Object.keys(olds).length > 0) declaredAgain.add(originKey(news));
        // A generated name is kept. The check of a replacement has empty `olds`, so it generates a new one.
        const name = valid.name ?? (typeof olds.name === "string" ? olds.name : generateName(news));
        return { inputs: { ...inputs, name }, failures: declarations.addContext(valid) };
    },

    async diff({ id, state, inputs, account }) {
        await removeNote(account, state.__origin, id);
        const diff = diffInputs(contextDefinition, state, inputs);
        if (diff.replaces.length === 0 && declaredAgain.has(originKey(inputs))) account.keptContexts.add(id);
        return diff;
    },

    async create({ inputs, account }) {
        // AGB silently returns an existing context of that name, so nothing may come between the look-up and the creation.
        const { context, adopted } = await runExclusive(`context ${inputs.name}`, () =>
            createContext(inputs, account, { isNewName: unusedNames.delete(inputs.name) }),
        );
        return { id: context.id, state: stateOf(context, { ...inputs, adopted }) };
    },

    async read({ id, state, account }) {
        await removeNote(account, state.__origin, id);
        const context = await findContext(account.agb, { id }, state.region);
        if (!context) return undefined;
        const inputs = { ...contextInputsSchema.parse(state), name: context.name };
        return { state: stateOf(context, { ...inputs, adopted: state.adopted ?? false }), inputs };
    },

    async update({ id, state, inputs, account }) {
        await renameContext({ id, name: state.name }, inputs, account);
        const context = await account.agb.getContext({ id }, inputs.region);
        return { state: stateOf(context, { ...inputs, adopted: state.adopted }) };
    },

    async delete({ id, state, account }) {
        if (state.adopted) return;
        if (account.keptContexts.has(id)) {
            account.reporter.info(
                `${displayName("Context", state)} (${id}) was not deleted, because another resource of this deployment keeps it.`,
            );
            return;
        }
        if (!account.isForceDestroyed("Context", state)) await assertEmpty(account, id, state);
        try {
            await account.agb.deleteContext(id);
        } catch (error) {
            if (await findContext(account.agb, { id }, state.region)) {
                throw wrapError(`${displayName("Context", state)} (${id}) could not be deleted`, error);
            }
        }
        await removeNote(account, state.__origin, id);
    },
};

function generateName(news: Record<string, unknown>): string {
    const name = `${(news as CommonInputs).__origin?.name ?? "context"}-${randomBytes(SUFFIX_BYTES).toString("hex")}`;
    unusedNames.add(name);
    return name;
}

function stateOf(context: WireContext, inputs: ContextInputs & { adopted: boolean }): ContextState {
    const { state, createTime, lastUsedTime } = context;
    return { ...inputs, name: context.name, state, createTime, lastUsedTime };
}

async function countFiles(agb: AgbClient, id: string): Promise<number> {
    const walk = agb.walkContextFiles(id);
    let files = 0;
    while (files <= MAX_COUNTED_FILES && !(await walk.next()).done) files++;
    return files;
}

async function assertEmpty(account: Account, id: string, state: ContextState): Promise<void> {
    const files = await withErrorContext(
        `${displayName("Context", state)} (${id}) was not deleted, because it could not be checked for files`,
        () =>
            unlessContextGone(
                account.agb,
                id,
                async () => {
                    const noted = await notedFilesOfContext(account, { ...state, contextId: id });
                    await deleteLeftovers(account, id, noted);
                    return countFiles(account.agb, id);
                },
                state.region,
            ),
    );
    if (!files) return;
    const count =
        files > MAX_COUNTED_FILES ? `more than ${MAX_COUNTED_FILES} files` : files === 1 ? "1 file" : `${files} files`;
    throw new Error(
        `${displayName("Context", state)} (${id}) was not deleted: it holds ${count}. ${forceDestroyHint("delete them too", "Context", state)} ` +
            `To keep them, set the option retainOnDelete: true and run \`${commandLine("up")}\` first, or remove the context only from the state with \`${stateDeleteCommand(state)}\`.`,
    );
}
