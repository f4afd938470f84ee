/** Calls the tools of sessions. While a call runs, its session is not idle. */
import type { SessionRecord } from "./account";
import type { CommandLog } from "./commandLog";
import type { SessionExpiry } from "./sessionExpiry";
import { callTool, type ToolResult } from "./tools/index";
import type { Workspaces } from "./workspaces";

export class ToolCalls {
    readonly #workspaces: Workspaces;
    readonly #expiry: SessionExpiry;
    readonly #commands: CommandLog;

    constructor(workspaces: Workspaces, expiry: SessionExpiry, commands: CommandLog) {
        this.#workspaces = workspaces;
        this.#expiry = expiry;
        this.#commands = commands;
    }

    call(session: SessionRecord, tool: string, args: unknown): Promise<ToolResult> {
        return this.#expiry.whileBusy(session, () =>
            this.#commands.record(session, tool, args, () => callTool(this.#workspaces.get(session.id), tool, args)),
        );
    }
}
