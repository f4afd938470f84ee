/**
 * Checks a replacement before it releases the running session, since the replacement cannot be undone: the old session is
 * gone before AGB is asked for the new one.
 */
import { AgbApiError, findContext, type AgbClient } from "../../agb/index";
import type { Account } from "../account";
import type { MaybeUnknown } from "../contract";
import { displayName } from "../origin";
import { isWritablePath } from "../support/paths";
import { autoUploads, type SessionInputs, type SessionState } from "./state";

/**
 * Announces the replacement of a running session, with its cause such as `is running`. Throws if AGB could not create the
 * new one. Unknown inputs pass.
 */
export async function checkReplacement(
    id: string,
    state: SessionState,
    inputs: SessionInputs,
    { agb, reporter }: Account,
    cause: string,
): Promise<void> {
    const problems = (
        await Promise.all([imageProblem(state, inputs, agb), ...mountProblems(state, inputs, agb)])
    ).filter((problem) => problem !== undefined);
    const session = `${displayName("Session", state)} (${id})`;
    if (problems.length > 0) {
        throw new Error(
            `${session} was not replaced and keeps running, because the new session could not be created: ${problems.join(" ")}`,
        );
    }
    const uploads = state.contextSyncs.some(autoUploads)
        ? "its mounts are uploaded and it is released"
        : "it is released";
    reporter.info(
        `${session} ${cause} and is replaced: ${uploads} before the new session is created. Files outside its mounts are deleted.`,
    );
}

async function imageProblem(
    state: SessionState,
    { imageId }: SessionInputs,
    agb: AgbClient,
): Promise<string | undefined> {
    if (!isKnownText(imageId) || imageId === state.imageId) return undefined;
    try {
        await agb.listTools(imageId);
    } catch (error) {
        // Another refusal, such as a missing permission, proves nothing about the image.
        if (error instanceof AgbApiError && /image/i.test(`${error.code} ${error.serverMessage}`)) {
            return `${error.message} Check imageId.`;
        }
    }
    return undefined;
}

function mountProblems(state: SessionState, inputs: SessionInputs, agb: AgbClient): Promise<string | undefined>[] {
    if (!Array.isArray(inputs.contextSyncs)) return [];
    const { contextSyncs: mounted } = state;
    return inputs.contextSyncs.flatMap(({ contextId, path }, i) => [
        !isKnownText(path) || isWritablePath(path) || mounted.some((mount) => mount.path === path)
            ? Promise.resolve(undefined)
            : Promise.resolve(`No session can write to ${path}. Check contextSyncs[${i}].path.`),
        !isKnownText(contextId)
            ? Promise.resolve(undefined)
            : contextProblem(contextId, agb).then(
                  (problem) => problem && `${problem} Check contextSyncs[${i}].contextId.`,
              ),
    ]);
}

async function contextProblem(contextId: string, agb: AgbClient): Promise<string | undefined> {
    // AGB accepts a name, too.
    const context = (await findContext(agb, { id: contextId })) ?? (await findContext(agb, { name: contextId }));
    return context ? undefined : `The account has no context ${contextId}.`;
}

/** An unknown value is a symbol. */
const isKnownText = (value: MaybeUnknown<string>): value is string => typeof value === "string";
