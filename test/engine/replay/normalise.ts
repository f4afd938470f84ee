/** The same normalisation as that of the recordings: what is left to chance, or to the machine, is taken out. */
import type { Call, Entry, Json, Op, Resource, StepResult } from "./recording";

const byJson = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const isObject = (value: unknown): value is Entry =>
    typeof value === "object" && value !== null && !Array.isArray(value);

export const sortCalls = (calls: Call[]): Call[] => calls.filter((call) => !call.done).sort(byJson);

/** How many slow calls ran at once. */
export function concurrency(calls: Call[]): number {
    let now = 0,
        max = 0;
    for (const call of calls) {
        const props = [call.inputs, call.props, call.news].find(isObject);
        if (call.done) now--;
        else if (props?.delayMs && ["create", "update", "delete"].includes(call.method)) max = Math.max(max, ++now);
    }
    return max;
}

/** Puts what happened in the order of the recordings; `before` are the resources before the step. */
export function canonical(result: StepResult, before: Resource[]): void {
    result.calls = sortDeletes(
        result.calls,
        (call) => (call.method === "delete" ? { id: call.id } : undefined),
        before,
    );
    if (result.ops) {
        const ops = sortDeletes(
            result.ops,
            (op, next) =>
                isDelete(op.op)
                    ? { urn: op.urn, length: next?.urn === op.urn && op.event === "begin" ? 2 : 1 }
                    : undefined,
            before,
        );
        result.ops = outputsLast(ops);
    }
    result.resources = sortDependencies(result.resources) as Resource[];
    result.pendingOperations = sortDependencies(result.pendingOperations) as Entry[];
}

const isDelete = (op: string): boolean => /^(delete|discard|read-discard)/.test(op);

/** The engine deletes level by level, dependents first, in any order within a level: each level is sorted by URN. */
function sortDeletes<Item>(
    list: Item[],
    target: (
        item: Item,
        next: Item | undefined,
    ) => { id?: Json | undefined; urn?: string; length?: number } | undefined,
    before: Resource[],
): Item[] {
    interface Unit {
        state: Resource | undefined;
        level: number;
        entries: Item[];
    }
    const units: Unit[] = [];
    for (let at = 0; at < list.length;) {
        const found = target(list[at] as Item, list[at + 1]);
        const length = found?.length ?? 1;
        const state =
            found && before.find((resource) => (found.id ? resource.id === found.id : resource.urn === found.urn));
        units.push({ state, level: 0, entries: list.slice(at, at + length) });
        at += length;
    }
    for (let from = 0; from < units.length;) {
        let to = from;
        while (units[to]?.state) to++;
        const run = units.slice(from, to);
        const levels = new Map<Resource, number>();
        const levelOf = (state: Resource): number => {
            if (!levels.has(state)) {
                levels.set(state, 0);
                const needed = dependencies(state);
                const below = run.flatMap(({ state: other }) =>
                    other && other !== state && needed.has(other.urn) ? [1 + levelOf(other)] : [],
                );
                levels.set(state, Math.max(0, ...below));
            }
            return levels.get(state) ?? 0;
        };
        for (const unit of run) unit.level = unit.state ? levelOf(unit.state) : 0;
        const inOrder = run.every((unit, index) => index === 0 || unit.level <= (run[index - 1]?.level ?? 0));
        if (inOrder) {
            units.splice(
                from,
                run.length,
                ...run.sort((a, b) => b.level - a.level || byJson(a.state?.urn, b.state?.urn)),
            );
        }
        from = Math.max(to, from + 1);
    }
    return units.flatMap(({ entries }) => entries);
}

function dependencies(state: Resource): Set<unknown> {
    const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
    const byProperty = isObject(state.propertyDependencies)
        ? Object.values(state.propertyDependencies).flatMap(list)
        : [];
    const provider = typeof state.provider === "string" ? state.provider.replace(/::[^:]*$/, "") : undefined;
    return new Set([
        ...list(state.dependencies),
        ...byProperty,
        state.parent,
        state.deletedWith,
        ...list(state.replaceWith),
        provider,
    ]);
}

/** When a component registers its outputs is left to chance: its end comes last, sorted by URN. */
function outputsLast(ops: Op[]): Op[] {
    const isComponent = (urn: string): boolean => !(urn.split("::")[2] ?? "").split("$").at(-1)?.startsWith("pulumi");
    const moved = ops.filter((op, index) => {
        const previous = ops[index - 1];
        const atOnce = op.planning === true && previous?.event === "begin" && previous.urn === op.urn;
        return op.event === "done" && !isDelete(op.op) && isComponent(op.urn) && !atOnce;
    });
    const rest = ops.filter((op) => !moved.includes(op));
    const end = rest.findLastIndex((op) => op.event === "done" && op.urn.includes("::pulumi:pulumi:Stack::"));
    const at = end < 0 ? rest.length : end;
    return [...rest.slice(0, at), ...moved.sort(byJson), ...rest.slice(at)];
}

/** The SDK gathers dependencies in any order. */
function sortDependencies(value: Json, key?: string): Json {
    if (Array.isArray(value)) {
        return key === "dependencies" ? [...value].sort() : value.map((item) => sortDependencies(item));
    }
    if (!isObject(value)) return value;
    return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [
            name,
            sortDependencies(item, key === "propertyDependencies" ? "dependencies" : name),
        ]),
    );
}

/** What `preview --json` printed. */
export function previewJson(printed: string): Entry {
    const {
        duration: _duration,
        steps = [],
        diagnostics = [],
        ...rest
    } = JSON.parse(printed) as {
        duration?: Json;
        steps?: Entry[];
        diagnostics?: { severity: string; message: string }[];
    };
    const withStates = (step: Entry): Entry =>
        Object.fromEntries(
            Object.entries(step).map(([key, value]) => [
                key,
                key === "oldState" || key === "newState" ? resource(value as Entry) : value,
            ]),
        );
    const messages = diagnostics
        .filter(({ severity }) => severity !== "debug")
        .map((message) => ({ ...message, message: text(message.message) }));
    return strip({ steps: sortDependencies(steps.map(withStates)), diagnostics: messages, ...rest }) as Entry;
}

/** A resource without what differs from run to run, and without the provider's text. */
export function resource(state: Entry): Resource {
    const incidental = ["created", "modified", "sourcePosition", "stackTrace"];
    return strip(Object.fromEntries(Object.entries(state).filter(([key]) => !incidental.includes(key)))) as Resource;
}
function strip(value: Json): Json {
    if (Array.isArray(value)) return value.map(strip);
    if (!isObject(value)) return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([key]) => key !== "__provider")
            .map(([key, item]) => [key, strip(item)]),
    );
}

/** Without colours and a line that Pulumi does not have, with the commands that Pulumi would name, and cut off where a stack trace begins. */
export const text = (message: string): string =>
    message
        .replace(/\x1b\[[0-9;]*m/g, "")
        .replace(/<\{%[^%]*%\}>/g, "")
        .replaceAll("`npx pulumi-agb ", "`pulumi ")
        .replace(/^(warning: )?An earlier run stopped while .*\n/, "$1")
        .replace(
            "only `pulumi refresh --clear-pending-creates` clears pending CREATE operations",
            "`pulumi refresh` will need to be run interactively to clear pending CREATE operations",
        )
        .replace(/(\n\s+at [^\n]*)+[^]*/, "\n    at ...")
        .trim();

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Replaces what is the machine's, and numbers UUIDs in the order of their appearance. */
export function scrubber(folders: Record<string, string>): (value: Json) => Json {
    const ids = new Map<string, string>();
    const scrub = (value: Json): Json => {
        if (typeof value === "string") {
            const placed = Object.entries(folders).reduce(
                (result, [placeholder, folder]) => result.split(folder).join(placeholder),
                value,
            );
            return placed.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uuid) => {
                if (uuid === UNKNOWN) return uuid;
                if (!ids.has(uuid)) ids.set(uuid, `<uuid-${ids.size + 1}>`);
                return ids.get(uuid) ?? uuid;
            });
        }
        if (Array.isArray(value)) return value.map(scrub);
        if (!isObject(value)) return value;
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scrub(item)]));
    };
    return scrub;
}
