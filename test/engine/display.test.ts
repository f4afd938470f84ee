/** How a deployment is displayed, given its events. */
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { redactText } from "../../engine/display/redaction";
import { DiffDisplay } from "../../engine/display/diff";
import type { Display } from "../../engine/display/display";
import { displayType, formatDuration } from "../../engine/display/operations";
import { PlainDisplay } from "../../engine/display/plain";
import { Summary } from "../../engine/display/summary";
import { TreeDisplay, type LiveArea } from "../../engine/display/tree";
import { formatMap, formatMapDiff } from "../../engine/display/values";
import type { EngineEvent, Operation, ResourceStep, StepEvent } from "../../engine/model/events";
import { SECRET, SIGNATURE, UNKNOWN, type ResourceState } from "../../engine/model/types";

const colors = pc.createColors(false);
const STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
const GROUP = "urn:pulumi:dev::shop::shop:index:Group::group";
const THING = "urn:pulumi:dev::shop::shop:index:Group$shop:index:Thing::thing";
const typeOfURN = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
const state = (urn: string, more: Partial<ResourceState> = {}): ResourceState => ({
    urn,
    custom: true,
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
    show((write, gathered) => new PlainDisplay(write, colors, gathered), events);

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
        expect(text.replace(/\(0\.\d\ds\)/, "(0.00s)")).toBe(`    pulumi:pulumi:Stack shop-dev hello
 ~  shop:index:Thing thing updating (0s) [diff: +come-gone~size]
    shop:index:Thing thing warning: it is large
 ~  shop:index:Thing thing updated (0.00s) 1 warning [diff: +come-gone~size]
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

    test("show and count failures, without stack frames from other packages", () => {
        const text = plain(
            step("begin", "create", THING),
            { kind: "output", source: "provider", stream: "stderr", text: "    at create (/x/provider.js:1:2)" },
            { kind: "diagnostic", severity: "error", urn: THING, text: "no such image" },
            step("failed", "create", THING),
            {
                kind: "diagnostic",
                severity: "error",
                text: "Running program failed:\nError: boom\n    at run (/my/index.ts:3:1)\n    at load (node:internal/x:1:1)\n    at q (/my/node_modules/@pulumi/cmd/run.ts:1:1)",
            },
            { kind: "summary", planning: false, status: "failed", changes: {}, durationMs: 10 },
        );
        expect(text).toContain(" +  shop:index:Thing thing **creating failed** 1 error\n");
        expect(text).toContain(
            "  pulumi:pulumi:Stack (shop-dev):\n    error: Running program failed:\n    Error: boom\n        at run (/my/index.ts:3:1)\n\n",
        );
        expect(text).toContain("Resources:\n    2 errored\n");
        expect(text).not.toMatch(/provider\.js|node:internal|run\.ts/);
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
    const draw = (...events: EngineEvent[]): { last: string; below: string } => {
        let last = "";
        let done = 0;
        const area: LiveArea = Object.assign((text: string) => (last = text), { done: () => (done += 1) });
        const below = show((write, gathered) => new TreeDisplay(area, write, colors, gathered, () => 120), events);
        expect(done).toBe(1);
        return { last, below };
    };

    test("shows changes below their parents, with the status of a waiting provider", () => {
        const waiting = draw(
            step("begin", "same", STACK),
            step("begin", "same", GROUP),
            step("begin", "create", THING),
            { kind: "diagnostic", severity: "info", urn: THING, text: "2 of 3 mounts", ephemeral: true },
        );
        expect(waiting.last.split("\n").map((line) => line.trimEnd())).toEqual([
            "     Type                    Name      Status         Info",
            "     pulumi:pulumi:Stack     shop-dev",
            "     └─ shop:index:Group     group",
            " +      └─ shop:index:Thing  thing     creating (0s)  2 of 3 mounts",
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
    test("shows every property of a changed resource, and no secrets", () => {
        const secret = { [SIGNATURE]: SECRET, value: "hush" };
        const text = show(
            (write, gathered) => new DiffDisplay(write, colors, gathered),
            [
                step("begin", "same", STACK),
                step(
                    "begin",
                    "update",
                    THING,
                    {
                        old: state(THING, {
                            id: "t-1",
                            inputs: { __provider: "x", size: 1, list: ["a", "b"], same: true, token: secret },
                        }),
                        new: state(THING, {
                            inputs: {
                                __provider: "y",
                                size: UNKNOWN,
                                list: ["a", "c", "d"],
                                same: true,
                                token: { ...secret, value: "shh" },
                            },
                        }),
                    },
                    true,
                ),
            ],
        );
        expect(text).toBe(`    ~ shop:index:Thing: (update)
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
`);
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

    test("are redacted in any text if they are secret, the longest first", () => {
        expect(redactText(["key", "key-123", "ab"])("key-123 and key, ab")).toBe("[secret] and [secret], ab");
    });
});

test("types and durations are shortened", () => {
    expect(displayType("pulumi-nodejs:dynamic/thing:Thing")).toBe("pulumi-nodejs:dynamic:Thing");
    expect(displayType("pulumi-nodejs:dynamic/agb:Session")).toBe("pulumi-nodejs:dynamic/agb:Session");
    expect([40, 1499, 61_000].map(formatDuration)).toEqual(["0.04s", "1s", "1m1s"]);
});
