/** Builds what the HTTP layer operates on from a data folder. */
import { join } from "node:path";
import { Account } from "./account";
import { Clock } from "./clock";
import { CommandLog } from "./commandLog";
import { Contexts } from "./contexts";
import { ContextFiles } from "./disk/contextFiles";
import { Trash } from "./disk/trash";
import { History } from "./history";
import { Presigned } from "./presigned";
import { Recycler } from "./recycler";
import { loadSecret } from "./secrets";
import type { Service } from "./service";
import { SessionExpiry } from "./sessionExpiry";
import { SessionReleases } from "./sessionReleases";
import { Sessions } from "./sessions";
import { Syncs } from "./sync/syncs";
import { Transfer } from "./sync/transfer";
import type { SyntheticDelay } from "./syntheticDelay";
import { ToolCalls } from "./toolCalls";
import { Workspaces } from "./workspaces";

const SIGNING_KEY_FILE = "signing-key";
const DEFAULT_IDLE_SECONDS = 300;

interface ServiceOptions {
    /** The idle timeout of sessions that do not set their own. */
    idleTimeoutSeconds?: number;
    /** Whether sessions announce a link over which the SDKs call their tools. */
    toolLink?: boolean;
}

/** Opens everything behind the HTTP layer. Adds to `cleanups` what must be undone when the server is closed. */
export async function openService(
    dataFolder: string,
    { idleTimeoutSeconds: defaultIdleSeconds = DEFAULT_IDLE_SECONDS, toolLink = false }: ServiceOptions,
    delay: SyntheticDelay,
    warn: (message: string) => void,
    cleanups: (() => unknown)[],
): Promise<{ service: Service; recycler: Recycler }> {
    const clock = new Clock();
    const account = await Account.open(dataFolder);
    cleanups.push(() => account.close());
    const history = await History.open(dataFolder, clock);
    cleanups.push(() => history.close());
    const trash = await Trash.open(dataFolder, warn);
    cleanups.push(() => trash.stop());
    const files = await ContextFiles.open(dataFolder, account.contexts, trash, clock);
    const contexts = new Contexts(account, files, clock, delay, warn);
    const workspaces = new Workspaces(dataFolder, trash);
    const syncs = new Syncs(account, new Transfer(account, files), clock, workspaces, history, delay);
    const releases = new SessionReleases(account, contexts, syncs, workspaces, history, warn);
    const expiry = new SessionExpiry(account, releases, clock, warn);
    const sessions = new Sessions({
        account,
        contexts,
        files,
        syncs,
        workspaces,
        releases,
        expiry,
        history,
        clock,
        defaultIdleSeconds,
    });
    const commands = new CommandLog(clock);
    const signingKey = Buffer.from(await loadSecret(join(dataFolder, SIGNING_KEY_FILE)), "hex");
    const presigned = new Presigned(signingKey, clock);
    return {
        service: {
            account,
            contexts,
            files,
            sessions,
            syncs,
            releases,
            expiry,
            workspaces,
            tools: new ToolCalls(workspaces, expiry, commands),
            commands,
            history,
            presigned,
            clock,
            toolLink,
        },
        recycler: new Recycler(account, files, clock, warn),
    };
}
