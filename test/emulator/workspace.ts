/** A session's workspace for one test, without a server. */
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Workspace } from "../../emulator/paths";
import { callTool, forgetSession } from "../../emulator/tools/index";

/** `outside` is a folder next to the session's root that the session must never reach. */
export async function createWorkspace(): Promise<Workspace & { outside: string }> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "agb-space-")));
    const sessionId = `session-${basename(folder)}`;
    onTestFinished(async () => {
        await forgetSession(sessionId);
        await rm(folder, { recursive: true, force: true });
    });
    const root = join(folder, "session");
    await mkdir(join(root, "home"), { recursive: true });
    await mkdir(join(root, "tmp"));
    const outside = join(folder, "outside");
    await mkdir(outside);
    return { sessionId, root, outside };
}

/** Returns the text of a call that must succeed. */
export async function call(workspace: Workspace, name: string, args: Record<string, unknown>): Promise<string> {
    const { content, isError } = await callTool(workspace, name, args);
    const text = content.map((item) => item.text).join("\n");
    if (isError) throw new Error(`${name} failed: ${text}`);
    return text;
}

/** Returns the text of a call that must fail. */
export async function refusal(workspace: Workspace, name: string, args: Record<string, unknown>): Promise<string> {
    const { content, isError } = await callTool(workspace, name, args);
    const text = content.map((item) => item.text).join("\n");
    if (!isError) throw new Error(`${name} succeeded: ${text}`);
    return text;
}
