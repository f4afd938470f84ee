/** Type tests, which the compiler runs: forgetting an input or an output in a definition table is a compile error. */
import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import { sessionDefinition } from "../../provider/definitions/session";
import { AgbResource } from "../../provider/dynamic/resource";
import type { Handlers } from "../../provider/handlers/contract";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs, SessionState } from "../../provider/handlers/session/state";
import type { Session, SessionArgs } from "../../provider/session";
import { defineResource } from "../../provider/definitions/definition";

type Outputs = Pick<Session, Exclude<keyof Session, keyof AgbResource>>;

interface MoreArgs extends SessionArgs {
    madeUp?: Input<string>;
}

export class SameSession extends AgbResource<Outputs, SessionArgs> {
    constructor(name: string, args: SessionArgs, opts?: CustomResourceOptions) {
        super(sessionDefinition, name, args, opts);
    }
}

export class SessionWithAnotherInput extends AgbResource<Outputs, MoreArgs> {
    constructor(name: string, args: MoreArgs, opts?: CustomResourceOptions) {
        // @ts-expect-error The table has no input `madeUp`.
        super(sessionDefinition, name, args, opts);
    }
}

export class SessionWithAnotherOutput extends AgbResource<Outputs & { madeUp: Output<string> }, SessionArgs> {
    constructor(name: string, args: SessionArgs, opts?: CustomResourceOptions) {
        // @ts-expect-error The table has no output `madeUp`.
        super(sessionDefinition, name, args, opts);
    }
}

export const sameHandlers: Handlers<SessionInputs, SessionState>["definition"] = sessionHandlers.definition;

type InputsWithAnother = SessionInputs & { madeUp: string };
// @ts-expect-error The table has no input `madeUp`, so no diff would compare it.
export const handlersWithAnotherInput: Handlers<InputsWithAnother, SessionState & InputsWithAnother>["definition"] =
    sessionHandlers.definition;

// @ts-expect-error The table has no output `madeUp`, so the program would never get it.
export const handlersWithAnotherOutput: Handlers<SessionInputs, SessionState & { madeUp: string }>["definition"] =
    sessionHandlers.definition;

export const withUnknownSource = defineResource({
    ...sessionDefinition,
    inputs: { imageId: "replace" },
    // @ts-expect-error An output can only be derived from an input that the table has.
    outputs: { copy: { secretWhen: ["madeUp"] } },
});
