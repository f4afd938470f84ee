/** What a deployment tells while it runs. The display is made from these and from nothing else. */

import type { ResourceState } from "./types";

/** What is done to one resource, in Pulumi's own words. */
export type Operation =
    | "same"
    | "create"
    | "update"
    | "delete"
    | "replace"
    | "create-replacement"
    | "delete-replaced"
    | "read"
    | "read-replacement"
    | "discard"
    | "discard-replaced"
    | "refresh"
    | "import"
    | "import-replacement"
    | "remove-pending-replace";

/** One operation on one resource. */
export interface ResourceStep {
    operation: Operation;
    urn: string;
    type: string;
    /** `URN::ID` of the provider, for custom resources. */
    provider?: string | undefined;
    /** The properties that force a replacement. */
    replaceKeys?: string[] | undefined;
    /** The properties that differ, as the provider named them. */
    diffKeys?: string[] | undefined;
    /** The state before; secrets are wrapped as in {@link ResourceState}. */
    old?: ResourceState | undefined;
    /** The state after; on `begin`, and in a preview, without the outputs that are not known yet. */
    new?: ResourceState | undefined;
    /** A default provider, which Pulumi's own display leaves out. */
    internal: boolean;
}

/** `begin`, then either `done` or `failed`. The stack's `begin` comes first, its `done` last (a component's `done` comes with its outputs). */
export interface StepEvent {
    kind: "begin" | "done" | "failed";
    step: ResourceStep;
    /** In a preview. */
    planning: boolean;
}

export type Severity = "debug" | "info" | "warning" | "error";

/** A message about a resource, or about the deployment where `urn` is absent. */
export interface DiagnosticEvent {
    kind: "diagnostic";
    severity: Severity;
    urn?: string | undefined;
    text: string;
    /** A moving status beside the resource, replaced by the next one; an empty text ends it. */
    ephemeral?: boolean | undefined;
}

/** A line that the program or a provider printed. */
export interface OutputEvent {
    kind: "output";
    source: "program" | "provider";
    stream: "stdout" | "stderr";
    text: string;
}

/** How many operations of each kind were done, as Pulumi counts them. */
export type ChangeCounts = Partial<Record<Operation, number>>;

/** The last event. */
export interface SummaryEvent {
    kind: "summary";
    planning: boolean;
    status: DeploymentStatus;
    changes: ChangeCounts;
    durationMs: number;
}

export type DeploymentStatus = "succeeded" | "failed" | "cancelled";

export type EngineEvent = StepEvent | DiagnosticEvent | OutputEvent | SummaryEvent;
