/** How a deployment is displayed, given its events. */
import { join } from "node:path";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { redactText } from "../../engine/display/redaction";
import { DiffDisplay } from "../../engine/display/diff";
import type { Display } from "../../engine/display/display";
import { displayType, formatDuration } from "../../engine/display/operations";
import { PlainDisplay } from "../../engine/display/plain";
import { Summary } from "../../engine/display/summary";
import { TreeDisplay, type LiveArea } from "../../engine/display/tree";
import { formatMapDiff } from "../../engine/display/valueDiff";
import { formatMap } from "../../engine/display/values";
import type { EngineEvent, Operation, ResourceStep, Severity, StepEvent } from "../../engine/model/events";
import { SECRET, SIGNATURE, UNKNOWN, type PropertyMap, type ResourceState } from "../../engine/model/types";
import { ThingsProject } from "./thingsProject";

const colors = pc.createColors(false);
const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const GROUP = "urn:pulumi:dev::shop::shop:index:Group::group";
const THING = "urn:pulumi:dev::shop::shop:index:Group$shop:index:Thing::thing";
const typeOfURN = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
const state = (urn: string, more: Partial<ResourceState> = {}): ResourceState => ({
    urn,
    custom: urn === THING,
    type: typeOfURN(urn),
    ...(urn !== STACK && { parent: urn === THING ? GROUP : STACK }),
    ...more,
});
const step = (
    kind: StepEvent["kind"],
    operation: Operation,
    urn: string,
    more: Partial<ResourceStep> = {},
    planning = false,
): StepEvent => ({
    kind,
    planning,
    step: { operation, urn, type: typeOfURN(urn), internal: false, new: state(urn), ...more },
});
const summary = (changes: Partial<Record<Operation, number>>, planning = false): EngineEvent => ({
    kind: "summary",
    planning,
    status: "succeeded",
    changes,
    durationMs: 4200,
});
const failure: EngineEvent = { kind: "summary", planning: false, status: "failed", changes: {}, durationMs: 10 };
const message = (severity: Severity, text: string, urn?: string): EngineEvent => ({
    kind: "diagnostic",
    severity,
    urn,
    text,
});
const printed = (text: string, source: "program" | "provider" = "program"): EngineEvent => ({
    kind: "output",
    source,
    stream: "stderr",
    text,
});
/** With durations below a second all the same. */
const timeless = (text: string): string => text.replaceAll(/\(0\.\d\ds\)/g, "(0.00s)");
/** The replacement of a resource, which is deleted either first or last. */
const replacement = (planning: boolean, order: "first" | "last"): EngineEvent[] => {
    const operations: Operation[] = ["create-replacement", "replace", "delete-replaced"];
    const change = {
        old: state(THING, { inputs: { size: 1 } }),
        new: state(THING, { inputs: { size: 2 } }),
    };
    return (order === "last" ? operations : operations.reverse()).flatMap((operation) => {
        const { new: current, ...deletion } = change;
        const more = operation === "delete-replaced" ? { ...deletion, new: undefined } : { ...deletion, new: current };
        return [step("begin", operation, THING, more, planning), step("done", operation, THING, more, planning)];
    });
};

function show(make: (write: (text: string) => void, summary: Summary) => Display, events: EngineEvent[]): string {
    let text = "";
    const display = make((part) => (text += part), new Summary(STACK, colors));
    for (const event of events) {
        display.event(event);
    }
    display.end();
    return text;
}
const plain = (...events: EngineEvent[]): string =>
    show((write, gathered) => new PlainDisplay(write, colors, gathered, isPreview(events)), events);
const diff = (...events: EngineEvent[]): string =>
    show((write, gathered) => new DiffDisplay(write, colors, gathered, true), events);
const isPreview = (events: EngineEvent[]): boolean => events.some((event) => "planning" in event && event.planning);

describe("plain lines", () => {
    test("show the start and end of each operation, then diagnostics by resource, outputs, counts and duration", () => {
        const resized = {
            old: state(THING, { inputs: { __provider: "x", size: 1, gone: 1, same: [1] } }),
            new: state(THING, { inputs: { size: 2, come: 1, same: [1] } }),
        };
        const text = plain(
            step("begin", "same", STACK, { old: state(STACK, { outputs: { url: "a" } }) }),
            { kind: "output", source: "program", stream: "stdout", text: "hello" },
            step("begin", "update", THING, resized),
            { kind: "diagnostic", severity: "info", urn: THING, text: "2 of 3 mounts", ephemeral: true },
            { kind: "diagnostic", severity: "warning", urn: THING, text: "it is large\nvery large" },
            step("done", "update", THING, resized),
            step("done", "same", STACK, {
                old: state(STACK, { outputs: { url: "a" } }),
                new: state(STACK, { outputs: { url: "b" } }),
            }),
            summary({ update: 1, same: 2 }),
        );
        expect(timeless(text)).toBe(`    pulumi:pulumi:Stack shop-dev running
    pulumi:pulumi:Stack shop-dev hello
 ~  shop:index:Thing thing updating (0s) [diff: +come-gone~size]
    shop:index:Thing thing warning: it is large
 ~  shop:index:Thing thing updated (0.00s) [diff: +come-gone~size]; 1 warning
Diagnostics:
  pulumi:pulumi:Stack (shop-dev):
    hello

  shop:index:Thing (thing):
    warning: it is large
    very large

Outputs:
  ~ url: "a" => "b"

Resources:
    ~ 1 updated
    2 unchanged

Duration: 4s

`);
    });

    test("of a preview show each resource once, a replacement as a whole, and no unchanged outputs", () => {
        const outputs = { url: "a" };
        const text = plain(
            step("done", "same", STACK, { old: state(STACK, { outputs }), new: state(STACK, { outputs }) }, true),
            step("begin", "create-replacement", THING, {}, true),
            step("done", "create-replacement", THING, {}, true),
            step("begin", "replace", THING, {}, true),
            step("done", "replace", THING, {}, true),
            step("done", "delete-replaced", THING, {}, true),
            step("done", "create", GROUP, {}, true),
            step("done", "create", GROUP, {}, true),
            summary({ create: 1, replace: 1, same: 1 }, true),
        );
        expect(text).toBe(
            " +- shop:index:Thing thing replace\n +  shop:index:Group group create\nResources:\n    + 1 to create\n    +-1 to replace\n    2 changes. 1 unchanged\n\n",
        );
    });

    test("of a replacement name its parts, and the whole once", () => {
        const change = "[diff: ~size]";
        for (const order of ["first", "last"] as const) {
            const lines = timeless(plain(...replacement(false, order))).split("\n");
            const created = [
                ` ++ shop:index:Thing thing creating replacement (0s) ${change}`,
                ` ++ shop:index:Thing thing created replacement (0.00s) ${change}`,
            ];
            const deleted = [
                ` -- shop:index:Thing thing deleting original (0s)`,
                ` -- shop:index:Thing thing deleted original (0.00s)`,
            ];
            const withoutDiff = lines.map((line) => line.replace(/^( --.*) \[.*/, "$1"));
            expect(withoutDiff).toEqual([
                ...(order === "first" ? [...deleted, ...created] : [...created, ...deleted]),
                ` +- shop:index:Thing thing replaced (0.00s) ${change}`,
                "",
            ]);
        }
    });

    test("show an error once, in the diagnostics, and count it at the resource and the stack that failed", () => {
        const error = `no such image${" anywhere".repeat(50)}`;
        const text = plain(
            step("begin", "same", STACK),
            step("begin", "create", THING),
            printed(`Error: ${error}: Error: ${error}`, "provider"),
            printed("    at create (/x/provider.js:1:2)", "provider"),
            printed(`${error}: `, "provider"),
            message("error", error, THING),
            step("failed", "create", THING),
            message("error", "update failed"),
            failure,
        );
        expect(text.replace(error, "ERROR")).toBe(`    pulumi:pulumi:Stack shop-dev running
 +  shop:index:Thing thing creating (0s)
 +  shop:index:Thing thing **creating failed** 1 error
    pulumi:pulumi:Stack shop-dev **failed** 1 error
Diagnostics:
  pulumi:pulumi:Stack (shop-dev):
    error: update failed

  shop:index:Thing (thing):
    error: ERROR

Resources:
    2 errored

Duration: 1s

`);
    });

    test("show an exception that a provider printed, unless it is reported as an error", () => {
        const text = plain(printed("Error: lost: Error: lost", "provider"), failure);
        expect(text).toContain("  pulumi:pulumi:Stack (shop-dev):\n    Error: lost: Error: lost\n");
    });

    test("show a resource whose inputs were rejected, and what was interrupted", () => {
        const text = plain(
            step("begin", "same", STACK),
            step("begin", "update", THING),
            message("error", "size is required", GROUP),
            { ...failure, status: "cancelled" },
        );
        expect(text).toContain(" ~  shop:index:Thing thing updating (interrupted)\n");
        expect(text).toContain("    shop:index:Group group **failed** 1 error\n");
    });

    test("show the frames of a program's exception that are in the program", () => {
        const engine = join(__dirname, "..", "..", "engine", "protocol", "deferLoading.js");
        const exception = [
            "Running program failed:",
            "Error: boom",
            "    at run (/my/index.ts:3:1)",
            "    at load (node:internal/x:1:1)",
            `    at loadNow (${engine}:23:27)`,
            "    at q (/my/node_modules/@pulumi/cmd/run.ts:1:1)",
        ];
        expect(plain(message("error", exception.join("\n")), failure)).toContain(
            "  pulumi:pulumi:Stack (shop-dev):\n    error: Running program failed:\n    Error: boom\n        at run (/my/index.ts:3:1)\n\n",
        );
    });

    test("of an update show all outputs, of a preview what is known to change, and after a failure only what changed", () => {
        const outputs = (after: Record<string, string>, end: EngineEvent): string => {
            const planning = "planning" in end && end.planning;
            const old = state(STACK, { outputs: { id: "a", url: "b" } });
            return plain(step("done", "same", STACK, { old, new: state(STACK, { outputs: after }) }, planning), end);
        };
        const changed = { id: "a", url: "c" };
        expect(outputs(changed, summary({}))).toMatch(/^Outputs:\n {4}id : "a"\n {2}~ url: "b" => "c"\n\n/);
        expect(outputs(changed, summary({}, true))).toMatch(/^Outputs:\n {2}~ url: "b" => "c"\n\n/);
        expect(outputs({ id: "a", url: UNKNOWN }, summary({}, true))).not.toContain("Outputs:");
        expect(outputs(changed, failure)).toMatch(/^Outputs:\n {2}~ url: "b" => "c"\n\n/);
        expect(outputs({ id: "a", url: "b" }, failure)).not.toContain("Outputs:");
    });

    test("omit default providers and debug messages", () => {
        expect(
            plain(
                step("begin", "create", THING, { internal: true }),
                step("done", "create", THING, { internal: true }),
                { kind: "diagnostic", severity: "debug", text: "x" },
            ),
        ).toBe("");
    });
});

describe("the live tree", () => {
    const draw = (...events: EngineEvent[]): { last: string; below: string; lines: string[] } => {
        let last = "";
        let done = 0;
        const area: LiveArea = Object.assign((text: string) => (last = text), { done: () => (done += 1) });
        const below = show(
            (write, gathered) => new TreeDisplay(area, write, colors, gathered, isPreview(events), () => 120),
            events,
        );
        expect(done).toBe(1);
        const lines = timeless(last)
            .split("\n")
            .map((line) => line.trimEnd());
        return { last, below, lines };
    };

    test("shows changes below their parents, with the status of a waiting provider", () => {
        const text = (last: string): string[] => last.split("\n").map((line) => line.trimEnd());
        let frame = "";
        const area: LiveArea = Object.assign((drawn: string) => (frame = drawn), { done: () => undefined });
        vi.useFakeTimers();
        const display = new TreeDisplay(
            area,
            () => undefined,
            colors,
            new Summary(STACK, colors),
            false,
            () => 120,
        );
        for (const event of [
            step("begin", "same", STACK),
            step("begin", "same", GROUP),
            step("begin", "create", THING),
            { ...message("info", "2 of 3 mounts", THING), ephemeral: true } as EngineEvent,
        ]) {
            display.event(event);
        }
        vi.advanceTimersByTime(200);
        vi.useRealTimers();
        expect(text(frame)).toEqual([
            "     Type                    Name      Status         Info",
            "     pulumi:pulumi:Stack     shop-dev  running",
            "     └─ shop:index:Group     group",
            " +      └─ shop:index:Thing  thing     creating (0s)  2 of 3 mounts",
            "",
        ]);
        display.end();
    });

    test("is headed Plan in a preview and Status in an update, and has the column Info only if it says something", () => {
        expect(draw(step("done", "create", THING, {}, true), summary({ create: 1 }, true)).lines).toEqual([
            "     Type              Name   Plan",
            " +   shop:index:Thing  thing  create",
            "",
        ]);
        const created = [step("begin", "create", THING), step("done", "create", THING)];
        expect(draw(...created, summary({ create: 1 })).lines).toEqual([
            "     Type              Name   Status",
            " +   shop:index:Thing  thing  created (0.00s)",
            "",
        ]);
    });

    test("shows a replacement as one row, but the operation that failed", () => {
        for (const order of ["first", "last"] as const) {
            expect(draw(...replacement(true, order), summary({ replace: 1 }, true)).lines[1]).toBe(
                " +-  shop:index:Thing  thing  replace  [diff: ~size]",
            );
            expect(draw(...replacement(false, order), summary({ replace: 1 })).lines[1]).toBe(
                " +-  shop:index:Thing  thing  replaced (0.00s)  [diff: ~size]",
            );
        }
        const failing = [
            ...replacement(false, "first").slice(0, -1),
            message("error", "quota used up", THING),
            step("failed", "create-replacement", THING),
        ];
        expect(draw(...failing, failure).lines[1]).toBe(
            " ++  shop:index:Thing  thing  **creating failed**  [diff: ~size]; 1 error",
        );
    });

    test("shows the stack that failed, and a resource whose inputs were rejected, without the text of the errors", () => {
        const { lines } = draw(
            step("begin", "same", STACK),
            message("error", "size is required", THING),
            message("error", "update failed"),
            failure,
        );
        expect(lines).toEqual([
            "     Type                 Name      Status      Info",
            "     pulumi:pulumi:Stack  shop-dev  **failed**  1 error",
            "     └─ shop:index:Thing  thing     **failed**  1 error",
            "",
        ]);
    });

    test("omits unchanged resources, and remains above the summary", () => {
        const { last, below } = draw(
            step("begin", "same", STACK),
            step("begin", "same", GROUP),
            step("done", "same", GROUP),
            step("done", "same", STACK),
            summary({ same: 2 }),
        );
        expect(last).not.toContain("group");
        expect(below).toBe("Resources:\n    2 unchanged\n\nDuration: 4s\n\n");
    });
});

describe("--diff", () => {
    const update = (before: PropertyMap, after: PropertyMap, declared?: PropertyMap): EngineEvent =>
        step(
            "begin",
            "update",
            THING,
            { old: state(THING, { id: "t-1", inputs: before }), new: state(THING, { inputs: after }), declared },
            true,
        );

    test("shows the properties of a changed resource below its parents, messages where they occur, and no secrets", () => {
        const secret = { [SIGNATURE]: SECRET, value: "hush" };
        const text = diff(
            step("begin", "same", STACK),
            step("begin", "create", GROUP),
            message("warning", "it is large"),
            update(
                { __provider: "x", size: 1, list: ["a", "b"], same: true, none: [], token: secret },
                {
                    __provider: "y",
                    size: UNKNOWN,
                    list: ["a", "c", "d"],
                    same: true,
                    none: [],
                    token: { ...secret, value: "shh" },
                },
            ),
            printed("hello"),
            message("error", "no such image", THING),
            summary({ update: 1 }, true),
        );
        expect(text).toBe(`  pulumi:pulumi:Stack: (same)
    [urn=${STACK}]
    + shop:index:Group: (create)
        [urn=${GROUP}]
warning: it is large
        ~ shop:index:Thing: (update)
            [id=t-1]
            [urn=${THING}]
          ~ list : [
                [0]: "a"
              ~ [1]: "b" => "c"
              + [2]: "d"
            ]
            same : true
          ~ size : 1 => [unknown]
          ~ token: [secret] => [secret]
hello
Diagnostics:
  shop:index:Thing (thing):
    error: no such image

Resources:
    ~ 1 to update
    1 errored

`);
    });

    test("hides the defaults that the provider fills in, but not a generated name, nor a default that changes", () => {
        const filled = { mode: "file", keep: { days: 7, lock: true }, none: [] };
        const declared = { mounts: [{ path: "/a" }], size: 1 };
        const after = { mounts: [{ path: "/a", policy: filled }], size: 1, region: "cn", name: "thing-3f" };
        const created = step("begin", "create", THING, { new: state(THING, { inputs: after }), declared }, true);
        expect(diff(created)).toBe(`+ shop:index:Thing: (create)
    [urn=${THING}]
    mounts: [
        [0]: {
            path: "/a"
        }
    ]
    name  : "thing-3f"
    size  : 1
`);
        const before = {
            ...after,
            mounts: [{ path: "/a", policy: { ...filled, keep: { days: 9, lock: true } } }],
            region: "us",
            removed: 1,
        };
        const { name: _, ...rest } = after;
        expect(diff(update(before, { ...rest, added: true }, declared))).toBe(`~ shop:index:Thing: (update)
    [id=t-1]
    [urn=${THING}]
  ~ mounts : [
      ~ [0]: {
                path  : "/a"
              ~ policy: {
                  ~ keep: {
                      ~ days: 9 => 7
                    }
                }
            }
    ]
  - name   : "thing-3f"
  ~ region : "us" => "cn"
  - removed: 1
    size   : 1
`);
    });

    test("shows what a refresh found, and only the name of what is deleted", () => {
        const refreshed = {
            old: state(THING, { id: "t-1", outputs: { a: 1, b: 2 } }),
            new: state(THING, { outputs: { a: 1, b: 3 } }),
        };
        expect(diff(step("begin", "refresh", THING, refreshed), step("done", "update", THING, refreshed)))
            .toBe(`~ shop:index:Thing: (update)
    [id=t-1]
    [urn=${THING}]
  ~ b: 2 => 3
`);
        expect(diff(step("begin", "refresh", THING), step("done", "same", THING))).toBe("");
        const gone = { old: state(THING, { id: "t-1", inputs: { size: 1 } }), new: undefined };
        expect(diff(step("begin", "delete", THING, gone))).toBe(
            `- shop:index:Thing: (delete)\n    [id=t-1]\n    [urn=${THING}]\n`,
        );
    });
});

describe("values", () => {
    test("are formatted like outputs in the pulumi command", () => {
        expect(
            formatMap(
                {
                    text: 'a "b"',
                    list: [1, { two: null }],
                    empty: {},
                    none: [],
                    asset: { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", path: "x.txt", hash: "0123456789" },
                },
                "    ",
            ),
        ).toEqual([
            "    asset: asset(file:x.txt:0123456)",
            "    empty: {}",
            "    list : [",
            "        [0]: 1",
            "        [1]: {",
            "            two: <null>",
            "        }",
            "    ]",
            "    none : []",
            '    text : "a \\"b\\""',
        ]);
    });

    test("are omitted from a diff if unchanged, regardless of the order of their keys", () => {
        expect(
            formatMapDiff({ a: { x: 1, y: 2 }, gone: 1 }, { a: { y: 2, x: 1 }, come: 2 }, "    ", colors, false),
        ).toEqual(["  + come: 2", "  - gone: 1"]);
    });

    test("of different kinds replace each other as a whole, with a sign on every property", () => {
        expect(formatMapDiff({ a: [{ x: 1 }], b: "" }, { a: UNKNOWN, b: "text" }, "    ", colors, false)).toEqual([
            "  - a: [",
            "      - [0]: {",
            "          - x: 1",
            "        }",
            "    ]",
            "  + a: [unknown]",
            '  + b: "text"',
        ]);
    });

    test("are redacted in any text if they are secret, the longest first", () => {
        expect(redactText(["key", "key-123", "ab"])("key-123 and key, ab")).toBe("[secret] and [secret], ab");
    });
});

test("types and durations are shortened", () => {
    expect(displayType("pulumi-nodejs:dynamic/thing:Thing")).toBe("pulumi-nodejs:dynamic:Thing");
    expect(displayType("pulumi-nodejs:dynamic/agb:Session")).toBe("pulumi-nodejs:dynamic/agb:Session");
    expect([40, 1499, 61_000].map(formatDuration)).toEqual(["0.04s", "1s", "1m1s"]);
});

describe("a deployment", () => {
    let project: ThingsProject;
    beforeAll(() => {
        project = new ThingsProject();
        const provider = project.read("provider.js");
        project.write(
            "provider.js",
            `${provider}
const { check } = exports.handler;
exports.handler.check = async (olds, news) => {
    if (news.broken) throw new Error("the thing cannot be checked");
    return check(olds, { mode: "file", ...news, keep: { days: 7, ...news.keep } });
};`,
        );
    });
    afterAll(() => project.remove());

    test("hides defaults with --diff", async () => {
        project.program(`new Thing("first", { keep: { lock: true }, size: 1 });`);
        const { exit, text } = await project.pulumi("up", "--stack", "dev", "--skip-preview", "--diff");
        expect(exit, text).toBe(0);
        expect(text).toMatch(
            /Thing::first\]\n {8}keep: \{\n {12}lock: true\n {8}\}\n {8}name: "first"\n {8}size: 1\nRes/,
        );
    });

    test("prints the exception of a provider once", async () => {
        project.program(`new Thing("first", { broken: true });`);
        for (const more of [[], ["--diff"]]) {
            const { exit, text } = await project.pulumi("up", "--stack", "dev", "--skip-preview", ...more);
            expect(exit).toBe(1);
            expect(text.split("the thing cannot be checked"), text).toHaveLength(2);
            expect(text).toMatch(
                /^ {2}pulumi-nodejs:dynamic\/test:Thing \(first\):\n {4}error: .*the thing cannot be checked$/m,
            );
        }
    });
});
