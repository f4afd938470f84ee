/** What the HTTP layer operates on. */
import type { Account } from "./account";
import type { Clock } from "./clock";
import type { CommandLog } from "./commandLog";
import type { Contexts } from "./contexts";
import type { ContextFiles } from "./disk/contextFiles";
import type { History } from "./history";
import type { Presigned } from "./presigned";
import type { SessionExpiry } from "./sessionExpiry";
import type { SessionReleases } from "./sessionReleases";
import type { Sessions } from "./sessions";
import type { Syncs } from "./sync/syncs";
import type { ToolCalls } from "./toolCalls";
import type { Workspaces } from "./workspaces";

export interface Service {
    account: Account;
    contexts: Contexts;
    files: ContextFiles;
    sessions: Sessions;
    syncs: Syncs;
    releases: SessionReleases;
    expiry: SessionExpiry;
    workspaces: Workspaces;
    tools: ToolCalls;
    commands: CommandLog;
    history: History;
    presigned: Presigned;
    clock: Clock;
    /** Whether sessions announce a link over which clients can call their tools. */
    toolLink: boolean;
}
