/** What a deployment is asked to do, and what it returns. */

import type { ChangeCounts, DeploymentStatus, EngineEvent } from "./events";
import type { PropertyMap, Snapshot } from "./types";

/** The project described by `Pulumi.yaml`. */
export interface Project {
    name: string;
    description?: string | undefined;
    /** The folder of `Pulumi.yaml`. */
    root: string;
    /** The working directory of the program and the provider: the folder of `main`. */
    programDirectory: string;
    /** The path passed to node: `main`, or the folder itself. */
    program: string;
    /** `runtime.options` of `Pulumi.yaml`. */
    runtimeOptions: Record<string, unknown>;
}

export interface DeploymentOptions {
    /** The maximum number of concurrent resource operations; 0 or less means no limit. */
    parallel: number;
    /** Refresh the state before the deployment. */
    refresh: boolean;
    /** After a failure, continue with resources that do not depend on it. */
    continueOnError: boolean;
    /** URNs, which may contain `*` and `**`; empty means all resources. */
    targets: string[];
    targetDependents: boolean;
    /** URNs to leave unchanged. */
    excludes: string[];
    excludeDependents: boolean;
    /** `destroy` only: keep protected resources and everything they depend on. */
    excludeProtected: boolean;
    /** URNs to replace even if nothing changed. */
    replace: string[];
    /** `refresh` only: remove the pending operations of interrupted creations. */
    clearPendingCreates: boolean;
}

/** Where the state is stored. */
export interface SnapshotStore {
    /**
     * Resolves when the snapshot is safe on disk, and is not called again before that. A state that was passed in is never
     * modified later: the same object always has the same content, so derived values can be cached.
     */
    save(snapshot: Snapshot): Promise<void>;
}

/** Everything in a request except the state. */
export interface DeploymentSettings {
    operation: "up" | "refresh" | "destroy";
    /** A preview: nothing is changed, and the store is not called. */
    dryRun: boolean;
    project: Project;
    stack: string;
    /** `organization` on every file backend. */
    organization: string;
    /** Maps `namespace:key` to its text, with secrets in plain text. */
    config: ReadonlyMap<string, string>;
    /** The keys of `config` whose values are secret. */
    secretKeys: ReadonlySet<string>;
    options: DeploymentOptions;
    /** Reads the outputs of another stack for `StackReference`, secrets wrapped; undefined if the stack does not exist. */
    readStackOutputs: (name: string) => Promise<PropertyMap | undefined>;
    onEvent: (event: EngineEvent) => void;
    /** When aborted, running operations finish and are saved, and no new ones start. */
    signal: AbortSignal;
    /** The environment of the program and the provider. */
    environment: NodeJS.ProcessEnv;
}

export interface DeploymentState {
    /** The state to start from; it is not modified. */
    snapshot: Snapshot;
    store: SnapshotStore;
}

export interface DeploymentRequest extends DeploymentSettings, DeploymentState {}

/** A request whose state is still being read and decrypted, so that everything else can start in the meantime. */
export interface PendingRequest extends DeploymentSettings {
    state: Promise<DeploymentState>;
}

export interface DeploymentResult {
    status: DeploymentStatus;
    changes: ChangeCounts;
    /**
     * The stack's outputs, secrets wrapped. After a preview, only those that are known; after a failure, the old ones
     * merged with those that the program registered.
     */
    outputs: PropertyMap;
    durationMs: number;
}
