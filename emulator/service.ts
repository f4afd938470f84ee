import type { Account } from "./account";
import type { Clock } from "./clock";
import type { Contexts } from "./contexts";
import type { ContextFiles } from "./disk/contextFiles";
import type { Presigned } from "./presigned";
import type { Sessions } from "./sessions";
import type { Syncs } from "./sync/syncs";

/** What the HTTP calls work on. */
export interface Service {
    account: Account;
    contexts: Contexts;
    files: ContextFiles;
    sessions: Sessions;
    syncs: Syncs;
    presigned: Presigned;
    clock: Clock;
    /** Whether sessions tell a link over which their tools can be called. */
    toolLink: boolean;
}
