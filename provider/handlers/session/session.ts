/** The handlers of a session: a sandbox that mounts contexts. */
import { commandLine } from "../../../common/commandLine";
import { sessionEndState, SessionStatus } from "../../agb/index";
import { withoutTimeLimit } from "../../agb/timeLimit";
import { sessionDefinition } from "../../definitions/session";
import type { CheckResult, Diff, Handlers } from "../contract";
import { declarations } from "../declared/declarations";
import { displayName } from "../origin";
import { diffInputs } from "../support/diff";
import { checkInputs } from "../support/inputs";
import { inputWarnings } from "./inputWarnings";
import { labelFailures } from "./labels";
import { mountFailures, sameMounts } from "./mounts";
import { mountWarnings, warnAboutMoves } from "./mountWarnings";
import { createSession } from "./create";
import { isRenewalDue, renewalFailures, renewalNotice } from "./renewal";
import { checkReplacement } from "./replacement";
import { deleteSession } from "./delete";
import {
    needsRepair,
    readState,
    rememberSession,
    sessionInputsSchema,
    type SessionInputs,
    type SessionState,
} from "./state";
import { withStoredPolicies } from "./storedPolicies";
import { warnAboutUndeclared } from "./undeclared";
import { hasLabels, updateSession } from "./update";
import { deadline } from "../support/timeouts";

const handlers: Handlers<SessionInputs, SessionState> = {
    definition: sessionDefinition,

    check({ olds, news }): CheckResult {
        const { inputs, failures, valid } = checkInputs(sessionInputsSchema, news, (given) => [
            ...labelFailures(given.labels),
            ...mountFailures(given.contextSyncs),
            ...renewalFailures(given),
        ]);
        return {
            inputs,
            failures,
            warnings: valid
                ? [...inputWarnings(olds, valid), ...mountWarnings(valid), ...declarations.addSession(valid)]
                : [],
        };
    },

    async diff({ id, state, inputs, account }): Promise<Diff> {
        declarations.identifySession(id, inputs);
        rememberSession(id, state, account);
        const diff = diffInputs(sessionDefinition, state, inputs, { contextSyncs: sameMounts });
        for (const warning of warnAboutMoves(state.contextSyncs, inputs)) account.reporter.warn(warning);
        const isAlive = await account.isAlive(id, state.__origin);
        if (diff.replaces.length > 0 || !isAlive) {
            await warnAboutUndeclared(inputs, account, { includeUnknown: false });
        }
        if (diff.replaces.length > 0) {
            if (isAlive) await checkReplacement(id, state, inputs, account, "is running");
            return diff;
        }
        if (!isAlive) {
            const released = `${displayName("Session", state)} (${id}) was released by AGB since the last deployment. AGB releases idle sessions, and every session after 30 minutes.`;
            account.reporter.info(
                inputs.__protected
                    ? `${released} The option protect blocks its replacement. Remove the option from the session, and run \`${commandLine("up")}\` again.`
                    : `${released} A new one replaces it.`,
            );
            return { ...diff, changes: true, replaces: ["status"] };
        }
        const isIncomplete = needsRepair(inputs, state.syncStatus);
        // A mount without its data cannot be uploaded, so the repair comes first.
        if (!isIncomplete && isRenewalDue(state, inputs, account.agb)) {
            await checkReplacement(id, state, inputs, account, `ends at ${state.expiresAt ?? ""}`);
            return { ...diff, changes: true, replaces: ["expiresAt"] };
        }
        const notice = renewalNotice(id, state, inputs);
        if (notice !== undefined) account.reporter.info(notice);
        return { ...diff, changes: diff.changes || !hasLabels(state, inputs, account) || isIncomplete };
    },

    // Its waits end at the limit. What has to follow, such as the search for a session that AGB did not confirm, does not.
    create: ({ inputs, account }) =>
        withoutTimeLimit(async () => {
            const created = await createSession(inputs, account);
            declarations.identifySession(created.id, inputs);
            rememberSession(created.id, created.state, account);
            await warnAboutUndeclared(inputs, account, { includeUnknown: true });
            return created;
        }),

    async read({ id, state, account }) {
        const end = await sessionEndState(account.agb, id);
        if (!end) return readState(account, id, state);
        // A session that AGB is releasing stays in the state, so its replacement waits until the data is in the contexts.
        return end === "releasing" && state.contextSyncs
            ? { state: { ...(state as SessionState), status: SessionStatus.Deleting } }
            : undefined;
    },

    update: ({ id, state, inputs, account }) =>
        withoutTimeLimit(async () => {
            const updated = await updateSession(id, state, inputs, account, deadline(inputs, "update"));
            rememberSession(id, updated, account);
            return { state: updated };
        }),

    delete: ({ id, state, account }) => withoutTimeLimit(() => deleteSession(id, state, account)),
};

export const sessionHandlers = withStoredPolicies(handlers);
