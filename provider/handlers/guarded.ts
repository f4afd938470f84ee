/**
 * What all handlers have in common: they work only on states of their own account, their calls end at the time limit of the
 * operation, and every error names its resource.
 */
import { errorMessage } from "../../common/errorMessage";
import { oneLine } from "../../common/oneLine";
import { withTimeLimit } from "../agb/timeLimit";
import type { Account } from "./account";
import { assertSameAccount, withMark, withoutMark } from "./accountMark";
import { PartialFailure, type CheckResult, type Handlers } from "./contract";
import { displayName, type CommonInputs } from "./origin";
import { timeLimitMs, type Operation } from "./support/timeouts";

/** What an error says could not be done. */
const DONE = {
    create: "created",
    read: "read",
    update: "updated",
    delete: "deleted",
    diff: "compared with its state",
};

/** Enough for the reasons of several mounts and for advice. */
const MAX_MESSAGE_LENGTH = 1000;

/** The part of a request that says which resource it is about. */
type Subject = { account: Account } & (
    | { inputs: CommonInputs; id?: undefined; state?: undefined }
    | { inputs?: CommonInputs; id: string; state: CommonInputs }
);

/** The handlers of a resource as front ends call them. */
export function guarded<Inputs extends CommonInputs, State extends Inputs, Expected extends string>(
    handlers: Handlers<Inputs, State, CheckResult | Promise<CheckResult>, Expected>,
): Handlers<Inputs, State, Promise<CheckResult>, Expected> {
    const { definition } = handlers;

    async function guard<T>(
        operation: Operation | "read" | "diff",
        subject: Subject,
        call: () => Promise<T> | T,
    ): Promise<T> {
        const { id, state, inputs = state ?? {}, account } = subject;
        const limited = operation === "diff" ? "read" : operation;
        const setting = limited === "read" ? "customTimeouts" : `customTimeouts.${limited}`;
        try {
            return await withTimeLimit(timeLimitMs(inputs, limited), setting, async () => {
                if (state) await assertSameAccount(definition, id, state, account);
                return call();
            });
        } catch (error) {
            const message = namedMessage(definition.name, DONE[operation], inputs, id, error);
            if (error instanceof PartialFailure) {
                throw new PartialFailure(error.id, withMark(error.state, account), message);
            }
            throw new Error(message, { cause: error });
        }
    }

    return {
        definition,
        check: async (request) => {
            try {
                return await handlers.check(request);
            } catch (error) {
                throw new Error(namedMessage(definition.name, "checked", request.news, undefined, error));
            }
        },
        diff: (request) => guard("diff", request, () => handlers.diff(withoutMark(request))),
        create: (request) =>
            guard("create", request, async () => {
                const { id, state } = await handlers.create(request);
                return { id, state: withMark(state, request.account) };
            }),
        read: (request) =>
            guard("read", request, async () => {
                const found = await handlers.read(withoutMark(request));
                return found && { ...found, state: withMark(found.state, request.account) };
            }),
        update: (request) =>
            guard("update", request, async () => {
                const { state } = await handlers.update(withoutMark(request));
                return { state: withMark(state, request.account) };
            }),
        delete: (request) => guard("delete", request, () => handlers.delete(withoutMark(request))),
    };
}

/** One line with the name of the resource, which it may already contain. */
function namedMessage(
    type: string,
    operation: string,
    fields: CommonInputs,
    id: string | undefined,
    error: unknown,
): string {
    const name = displayName(type, fields);
    const message = errorMessage(error);
    const subject = id === undefined ? name : `${name} (${id})`;
    const named = message.includes(name) ? message : `${subject} could not be ${operation}: ${message}`;
    return oneLine(named, MAX_MESSAGE_LENGTH);
}
