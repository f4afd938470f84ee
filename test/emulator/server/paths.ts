/** Raw requests, and a search for content that left its folder. */
import { readdir, readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import type { TestClient } from "./client";

/** Sends a request with a raw path that client libraries would normalize. */
export function sendRaw(
    agb: TestClient,
    method: string,
    path: string,
    headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(agb.endpoint);
    return new Promise((resolve, reject) => {
        const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
            let body = "";
            response
                .setEncoding("utf8")
                .on("data", (chunk: string) => (body += chunk))
                .on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        });
        sent.on("error", reject).end();
    });
}

/** All files in the data folder of a server that contain the marker `content`. */
export async function findContent(folder: string, content: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const found: string[] = [];
    for (const entry of entries) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        if ((await readFile(path, "latin1")).includes(content)) found.push(path);
    }
    return found;
}
