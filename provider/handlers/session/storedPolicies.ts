/**
 * Policies in the inputs and the state of a session: without what has its default, which would be most of the state. The
 * handlers see complete ones. What an earlier release stored stays as it is until the session is replaced, so it shows no change.
 */
import { isDeepStrictEqual } from "node:util";
import { syncPolicySchema } from "../../agb/index";
import { PartialFailure, type Handlers } from "../contract";
import { asList } from "../support/values";
import type { SessionInputs, SessionState } from "./state";

type Fields = Record<string, unknown>;
type SessionHandlers = Handlers<SessionInputs, SessionState>;

const DEFAULTS: Fields = syncPolicySchema.parse({});

/** The same handlers for shortened inputs and states. */
export function withStoredPolicies(handlers: SessionHandlers): SessionHandlers {
    return {
        ...handlers,
        check(request) {
            const result = handlers.check(request);
            return { ...result, inputs: mapPolicies(result.inputs, storedAs(request.olds)) };
        },
        diff: ({ state, inputs, ...request }) =>
            handlers.diff({ ...request, state: completePolicies(state), inputs: completePolicies(inputs) }),
        create: ({ inputs, ...request }) =>
            stored(async () => {
                const { id, state } = await handlers.create({ ...request, inputs: completePolicies(inputs) });
                return { id, state: shortened(state) };
            }),
        async read({ state, ...request }) {
            const found = await handlers.read({ ...request, state: completePolicies(state) });
            if (!found || !state.contextSyncs) return found;
            // A session never changes its mounts.
            const { contextSyncs } = state;
            const { state: read, inputs } = found;
            return { state: { ...read, contextSyncs }, ...(inputs && { inputs: { ...inputs, contextSyncs } }) };
        },
        update: ({ state, inputs, ...request }) =>
            stored(async () => {
                const updated = await handlers.update({
                    ...request,
                    state: completePolicies(state),
                    inputs: completePolicies(inputs),
                });
                return { state: { ...updated.state, contextSyncs: inputs.contextSyncs } };
            }),
        delete: ({ state, ...request }) => handlers.delete({ ...request, state: completePolicies(state) }),
    };
}

/** A session that is not ready is stored, too. */
async function stored<T>(create: () => Promise<T>): Promise<T> {
    try {
        return await create();
    } catch (error) {
        if (!(error instanceof PartialFailure)) throw error;
        throw new PartialFailure(error.id, shortened(error.state), error.message);
    }
}

export const completePolicies = <T extends object>(fields: T): T =>
    mapPolicies(fields, (policy) => withDefaults(policy, DEFAULTS));
const shortened = <T extends object>(fields: T): T =>
    mapPolicies(fields, (policy) => withoutDefaults(policy, DEFAULTS));

/** Shortens policies, except those that the last inputs contain in another form. */
function storedAs(olds: Fields): (policy: unknown, i: number) => unknown {
    const before = asList(olds.contextSyncs);
    return (policy, i) => {
        const mount = before[i];
        return isRecord(mount) && isDeepStrictEqual(withDefaults(mount.policy, DEFAULTS), policy)
            ? mount.policy
            : withoutDefaults(policy, DEFAULTS);
    };
}

/** The mounts may have any type, and parts of them may be unknown. */
function mapPolicies<T extends object>(fields: T, map: (policy: unknown, i: number) => unknown): T {
    const { contextSyncs } = fields as Fields;
    if (!Array.isArray(contextSyncs)) return fields;
    const mounts = contextSyncs.map((mount: unknown, i) => {
        if (!isRecord(mount)) return mount;
        const { policy, ...place } = mount;
        const mapped = map(policy, i);
        return mapped === undefined ? place : { ...place, policy: mapped };
    });
    return { ...fields, contextSyncs: mounts };
}

function withDefaults(value: unknown, defaults: unknown): unknown {
    if (value === undefined) return defaults;
    if (!isRecord(value) || !isRecord(defaults)) return value;
    const filled = Object.entries(defaults).map(([key, part]) => [key, withDefaults(value[key], part)]);
    return { ...value, ...Object.fromEntries(filled) };
}

/** The value without the parts that are equal to the defaults, or undefined if nothing is left. */
function withoutDefaults(value: unknown, defaults: unknown): unknown {
    if (isDeepStrictEqual(value, defaults)) return undefined;
    if (!isRecord(value) || !isRecord(defaults)) return value;
    const left = Object.entries(value)
        .map(([key, part]) => [key, withoutDefaults(part, defaults[key])])
        .filter(([, part]) => part !== undefined);
    return left.length > 0 ? Object.fromEntries(left) : undefined;
}

const isRecord = (value: unknown): value is Fields =>
    typeof value === "object" && value !== null && !Array.isArray(value);
