/** The console and its data. */
import { request } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agb, call, createContext, createSession, consoleToken, put, serveEachTest } from "./consoleServer";

serveEachTest();

const ask = (path: string, authorization?: string): Promise<Response> =>
    fetch(agb.endpoint + path, { headers: authorization === undefined ? {} : { authorization } });

describe("the console's data", () => {
    it("requires the page's own token", async () => {
        for (const path of ["/local/console/overview", "/local/console/files?contextId=x&folder=/"]) {
            for (const authorization of [undefined, "Bearer ", `Bearer ${agb.apiKey}`, `Bearer ${consoleToken()}x`]) {
                expect((await ask(path, authorization)).status, `${path} ${authorization ?? ""}`).toBe(401);
            }
        }
        expect((await ask("/local/console/overview", `Bearer ${consoleToken()}`)).status).toBe(200);
        expect(consoleToken()).toMatch(/^[0-9a-f]{64}$/);
    });

    it("uses a token that the API does not accept", async () => {
        expect((await ask("/sdk/ListContexts", `Bearer ${consoleToken()}`)).status).toBe(401);
    });

    it("contains no keys or tokens", async () => {
        await createSession([{ contextId: await createContext("data"), path: "/home/data" }]);
        await put(await createContext("data"), "/home/data/a.txt", "text");
        const text = await (await ask("/local/console/overview", `Bearer ${consoleToken()}`)).text();
        expect(text).toContain("/home/data");
        const secrets = await Promise.all(
            ["api-key", "signing-key", "console-token"].map((name) => readFile(join(agb.dataFolder, name), "utf8")),
        );
        for (const secret of [...secrets, agb.apiKey, "token-", "Signature="]) {
            expect(text).not.toContain(secret.trim());
        }
    });

    it("lists the files that releases did not upload, with the reason", async () => {
        const contextId = await createContext("data");
        agb.faults.push({ call: "createSession", kind: "fail", probability: 1 });
        const sessionId = await createSession([{ contextId, path: "/home/data" }]);
        await agb.whenIdle();
        const args = JSON.stringify({ path: "/home/data/f", content: "f", mode: "overwrite" });
        await call("POST", "/mcp", { sessionId, name: "write_file", args });
        await call("POST", "/mcp/releaseSession", { sessionId });
        const status = await (await ask("/local/console/overview", `Bearer ${consoleToken()}`)).json();
        expect(status).toMatchObject({
            data: {
                unsaved: [
                    {
                        sessionId,
                        folder: join(agb.dataFolder, "unsaved", sessionId),
                        reason: expect.stringContaining("/home/data was not uploaded") as string,
                    },
                ],
            },
        });
    });

    it("is served only for this machine's own host names", async () => {
        const status = await new Promise((resolve, reject) => {
            const { hostname, port } = new URL(agb.endpoint);
            request(
                {
                    hostname,
                    port,
                    path: "/local/console/overview",
                    headers: { host: "rebound.example.org", authorization: `Bearer ${consoleToken()}` },
                },
                (response) => resolve(response.resume().statusCode),
            )
                .on("error", reject)
                .end();
        });
        expect(status).toBe(403);
    });

    it("never includes anything outside the context", async () => {
        const contextId = await createContext("data");
        for (const folder of ["/..", "/home/../../..", "..", "/\0"]) {
            expect(
                (
                    await ask(
                        `/local/console/files?${new URLSearchParams({ contextId, folder }).toString()}`,
                        `Bearer ${consoleToken()}`,
                    )
                ).status,
            ).toBe(400);
        }
        expect(
            (await ask("/local/console/files?contextId=SdkCtx-none&folder=/", `Bearer ${consoleToken()}`)).status,
        ).toBe(400);
    });

    it("is not logged as a request", async () => {
        await call("GET", "/sdk/ListContexts");
        for (let round = 0; round < 3; round += 1) {
            await (await ask("/local/console/overview", `Bearer ${consoleToken()}`)).text();
        }
        const { data } = (await (await ask("/local/console/overview", `Bearer ${consoleToken()}`)).json()) as {
            data: { requests: { path: string; milliseconds: number; status: number }[] };
        };
        expect(data.requests.map((entry) => entry.path)).toEqual(["/sdk/ListContexts"]);
    });
});

describe("the console", () => {
    it("loads nothing from other origins and cannot be embedded", async () => {
        const response = await ask("/");
        expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
        const policy = response.headers.get("content-security-policy") ?? "";
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain("unsafe");
        const html = await response.text();
        for (const [, address = ""] of html.matchAll(/(?:src|href)="([^"#]+)"/g)) {
            if (address.startsWith("data:")) continue;
            expect(address).toMatch(/^\/local\/console\//);
            expect((await ask(address)).status).toBe(200);
        }
        expect(html).not.toContain(agb.apiKey);
    });
});
