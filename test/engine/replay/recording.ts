/** The scenarios, and what the real engine did in each: see the README next to the recordings. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const folder = resolve(__dirname, "../recordings");

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Entry = Record<string, Json>;

export interface Call extends Entry {
    method: string;
}
export interface Op {
    event: string;
    op: string;
    urn: string;
    keys?: string[];
    diffs?: string[];
    planning?: boolean;
}
export interface Resource extends Entry {
    urn: string;
}

export interface ScenarioStep {
    command: string;
    args?: string[];
    program?: string;
    config?: {
        plaintext?: Record<string, string>;
        secret?: Record<string, string>;
        path?: { plaintext?: Record<string, string>; secret?: Record<string, string> };
    };
    control?: Entry;
    files?: Record<string, string>;
    stack?: string;
    parallel?: number;
    withPreview?: boolean;
    unordered?: boolean;
    kill?: { method: string; name: string };
    env?: Record<string, string>;
}

/** What a step did; a recorded one has more than is compared. */
export interface StepResult {
    exit: number | string;
    calls: Call[];
    maxConcurrent?: number;
    ops?: Op[];
    summary?: { preview: boolean; result: string; changes: Record<string, number> }[];
    errors: { urn?: string; message: string }[];
    resources: Resource[];
    pendingOperations: Entry[];
    outputs: Json;
    /** What `preview --json` printed. */
    previewJson?: Entry;
}
interface RecordedStep extends Omit<StepResult, "errors" | "resources"> {
    diagnostics: { severity: string; urn?: string; message: string }[];
    resources: Resource[] | { sameAsStep: number };
}

const read = (...parts: string[]): unknown => JSON.parse(readFileSync(join(folder, ...parts), "utf8"));

export const scenarioNames = readdirSync(join(folder, "scenarios"))
    .map((file) => file.replace(/\.json$/, ""))
    .sort();
export const scenarioSteps = (name: string): ScenarioStep[] =>
    (read("scenarios", `${name}.json`) as { steps: ScenarioStep[] }).steps;

export function recordedSteps(name: string): StepResult[] {
    const { steps } = read("recordings", `${name}.json`) as { steps: RecordedStep[] };
    const resourcesAfter = (index: number): Resource[] => {
        const resources = steps[index]?.resources ?? [];
        return Array.isArray(resources) ? resources : resourcesAfter(resources.sameAsStep - 1);
    };
    return steps.map(({ diagnostics, ...step }, index) => ({
        ...step,
        resources: resourcesAfter(index),
        errors: diagnostics
            .filter(({ severity }) => severity === "error" || severity === "warning")
            .map(({ urn, message }) => ({ ...(urn !== undefined && { urn }), message })),
    }));
}
