/** The events of a deployment. The display shows nothing else. */

import type { PropertyMap, ResourceState } from "./types";

/** The operations on a resource, by Pulumi's own names. */
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
    /** The state before the operation; secrets are wrapped as in {@link ResourceState}. */
    old?: ResourceState | undefined;
    /** The state after the operation; on `begin` and in a preview, without outputs that are not known yet. */
    new?: ResourceState | undefined;
    /** The inputs as the program sets them, before the provider fills in defaults; absent if no program declares the resource. */
    declared?: PropertyMap | undefined;
    /** A default provider, which Pulumi's own display omits. */
    internal: boolean;
}

/** `begin`, then either `done` or `failed`. The stack begins first and is done last; a component is done when it registers its outputs. */
export interface StepEvent {
    kind: "begin" | "done" | "failed";
    step: ResourceStep;
    /** The deployment is a preview. */
    planning: boolean;
}

export type Severity = "debug" | "info" | "warning" | "error";

/** A message about a resource, or about the deployment if `urn` is absent. */
export interface DiagnosticEvent {
    kind: "diagnostic";
    severity: Severity;
    urn?: string | undefined;
    text: string;
    /** A temporary status next to the resource, replaced by the next one; an empty text clears it. */
    ephemeral?: boolean | undefined;
}

/** A line that the program or a provider printed. */
export interface OutputEvent {
    kind: "output";
    source: "program" | "provider";
    stream: "stdout" | "stderr";
    text: string;
}

/** The number of operations of each kind, as Pulumi counts them. */
export type ChangeCounts = Partial<Record<Operation, number>>;

/** The last event of a deployment. */
export interface SummaryEvent {
    kind: "summary";
    planning: boolean;
    status: DeploymentStatus;
    changes: ChangeCounts;
    durationMs: number;
}

export type DeploymentStatus = "succeeded" | "failed" | "cancelled";

export type EngineEvent = StepEvent | DiagnosticEvent | OutputEvent | SummaryEvent;
