/** A local AGB for each test of the console. */
import { afterEach, beforeEach, expect } from "vitest";
import { tempFolder } from "../support/tempFolder";
import { startLocalAgb, type LocalAgb } from "../../emulator/index";

export let agb: LocalAgb;
let dataFolder: string;

/** Starts a server before each test of the file that calls this, and closes it after the test. */
export function serveEachTest(): void {
    beforeEach(async () => {
        dataFolder = tempFolder("console");
        agb = await startLocalAgb({ dataFolder });
    });
    afterEach(() => agb.close());
}

/** Starts the server again. */
export async function restart(): Promise<void> {
    await agb.close();
    agb = await startLocalAgb({ dataFolder });
}

/** Starts another server, with another data folder, on a port that is free again. */
export async function startOnPort(port: number): Promise<void> {
    agb = await startLocalAgb({ port });
}

/** The data of an API response. */
export async function call<T = Record<string, string>>(
    method: "GET" | "POST",
    path: string,
    body: unknown = {},
): Promise<T> {
    const response = await fetch(agb.endpoint + path, {
        method,
        headers: { authorization: `Bearer ${agb.apiKey}` },
        ...(method === "POST" && { body: JSON.stringify(body) }),
    });
    return ((await response.json()) as { data: T }).data;
}

export async function createContext(name: string): Promise<string> {
    return (await call("GET", `/sdk/GetContext?name=${name}&allowCreate=true`))["id"] ?? "";
}

export async function put(contextId: string, path: string, text: string): Promise<void> {
    const { url = "" } = await call(
        "POST",
        `/sdk/GetContextFileUploadUrl?contextId=${contextId}&filePath=${encodeURIComponent(path)}`,
    );
    expect((await fetch(url, { method: "PUT", body: text })).status).toBe(200);
}

export async function createSession(
    mounts: { contextId: string; path: string }[],
    labels: Record<string, string> = {},
): Promise<string> {
    return (
        (
            await call("POST", "/mcp/createSession?imageId=agb-code-space-1", {
                persistenceDataList: mounts,
                labels: JSON.stringify(labels),
            })
        )["sessionId"] ?? ""
    );
}

export const consoleToken = (): string => agb.consoleUrl.slice(agb.consoleUrl.indexOf("#") + 1);
