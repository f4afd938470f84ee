/** Arguments for the methods of the client. */
import type { WireMount } from "./wire";

/** Arguments for `AgbClient.createSession`. */
export interface SessionRequest {
    /** The image that the session runs, such as `agb-code-space-2`. */
    imageId: string;
    labels: Record<string, string>;
    mounts: WireMount[];
    /** The id of an MCP policy of the account. */
    policyId?: string | undefined;
    /** How long the session may idle before AGB releases it, in seconds. The default is `DEFAULT_IDLE_RELEASE_SECONDS`. */
    idleReleaseTimeout?: number | undefined;
}

/** The body of `createSession`. */
export function createSessionBody({ labels, mounts, policyId, idleReleaseTimeout }: SessionRequest) {
    return {
        labels: JSON.stringify(labels),
        persistenceDataList: mounts,
        mcpPolicyId: policyId,
        timeout: idleReleaseTimeout,
    };
}

/** Identifies a mount of a session. */
export interface MountAddress {
    contextId: string;
    /** The absolute path of the mount in the session. */
    path: string;
}
