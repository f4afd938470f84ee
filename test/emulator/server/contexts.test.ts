/** The API's calls for contexts. */
import { describe, expect, it } from "vitest";
import { startServer } from "./client";

interface Context {
    id: string;
    name: string;
    state: string;
    createTime: string;
}

describe("contexts", () => {
    it("are created once per name, even by concurrent requests", async () => {
        const agb = await startServer();
        const ids = await Promise.all(Array.from({ length: 20 }, () => agb.createContext("data")));
        expect(new Set(ids).size).toBe(1);
        expect(ids[0]).toMatch(/^SdkCtx-/);
        const again = await agb.data<Context>("GET", "/sdk/GetContext", {
            query: { name: "data", allowCreate: "false" },
        });
        expect(again).toMatchObject({ id: ids[0], name: "data", state: "available" });
        expect(Date.parse(again.createTime)).toBeGreaterThan(0);
    });

    it("are found by id but never created by id", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        expect(await agb.data("GET", "/sdk/GetContext", { query: { id } })).toMatchObject({ id, name: "data" });
        expect(await agb.call("GET", "/sdk/GetContext", { query: { id, allowCreate: "true" } })).toMatchObject({
            success: false,
            http: 400,
        });
        expect(await agb.call("GET", "/sdk/GetContext", { query: { id: "SdkCtx-none" } })).toMatchObject({
            success: false,
            http: 400,
            message: "context SdkCtx-none not found",
        });
        expect(
            await agb.call("GET", "/sdk/GetContext", { query: { name: "none", allowCreate: "false" } }),
        ).toMatchObject({ success: false, http: 400, message: "context none not found" });
    });

    it("with the same name are distinct in different regions", async () => {
        const agb = await startServer();
        const here = await agb.createContext("data");
        const there = await agb.data<Context>("GET", "/sdk/GetContext", {
            query: { name: "data", allowCreate: "true", loginRegionId: "eu" },
        });
        expect(there.id).not.toBe(here);
    });

    it("accept + for a space and %2B for a plus in the query", async () => {
        const agb = await startServer();
        const { body } = await agb.raw(`${agb.endpoint}/sdk/GetContext?name=a+b%2Bc&allowCreate=true`, {
            method: "GET",
            headers: { authorization: `Bearer ${agb.apiKey}` },
        });
        expect(await body.json()).toMatchObject({ data: { name: "a b+c" } });
    });

    it("are renamed in place, unless the name is taken", async () => {
        const agb = await startServer();
        const id = await agb.createContext("old");
        await agb.createContext("taken");
        await agb.data("POST", "/sdk/ModifyContext", { query: { id, name: "new" } });
        expect(await agb.data("GET", "/sdk/GetContext", { query: { name: "new" } })).toMatchObject({ id });
        expect(await agb.call("POST", "/sdk/ModifyContext", { query: { id, name: "taken" } })).toMatchObject({
            success: false,
            http: 400,
        });
        expect(await agb.data("GET", "/sdk/GetContext", { query: { id } })).toMatchObject({ name: "new" });
    });

    it("do not reappear after deletion", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        await agb.put(id, "/home/a.txt", "a");
        await agb.data("POST", "/sdk/DeleteContext", { query: { id } });
        expect(await agb.call("GET", "/sdk/GetContext", { query: { id } })).toMatchObject({ success: false });
        expect(await agb.call("POST", "/sdk/DeleteContext", { query: { id } })).toMatchObject({ success: false });
        const next = await agb.createContext("data");
        expect(next).not.toBe(id);
        expect(await agb.files(next)).toEqual([]);
    });

    it("are listed newest first in pages, with the token next to the data", async () => {
        const agb = await startServer();
        const names = Array.from({ length: 25 }, (_, index) => `context-${index}`);
        for (const name of names) await agb.createContext(name);
        const seen: string[] = [];
        let nextToken: string | undefined = "";
        const sizes: number[] = [];
        do {
            const reply = await agb.call("GET", "/sdk/ListContexts", {
                query: nextToken ? { maxResults: 10, nextToken } : { maxResults: 10 },
            });
            const items = reply.data as Context[];
            sizes.push(items.length);
            seen.push(...items.map(({ name }) => name));
            expect(reply).toMatchObject({ count: 25, maxResults: 10 });
            ({ nextToken } = reply);
        } while (nextToken);
        expect(sizes).toEqual([10, 10, 5]);
        expect(seen).toEqual(names.toReversed());
    });

    it("are paged by a cursor that creations and deletions do not shift", async () => {
        const agb = await startServer();
        const ids: string[] = [];
        for (let index = 0; index < 6; index++) ids.push(await agb.createContext(`context-${index}`));
        const first = await agb.call("GET", "/sdk/ListContexts", { query: { maxResults: 3 } });
        await agb.createContext("newer");
        await agb.data("POST", "/sdk/DeleteContext", { query: { id: ids[3] ?? "" } });
        const second = await agb.call("GET", "/sdk/ListContexts", {
            query: { maxResults: 3, nextToken: first.nextToken ?? "" },
        });
        expect((second.data as Context[]).map(({ id }) => id)).toEqual([ids[2], ids[1], ids[0]]);
        expect(second.nextToken).toBe("");
    });

    it("reject unknown tokens and page size 0", async () => {
        const agb = await startServer();
        expect(await agb.call("GET", "/sdk/ListContexts", { query: { nextToken: "%%%" } })).toMatchObject({
            success: false,
            http: 400,
        });
        expect(await agb.call("GET", "/sdk/ListContexts", { query: { maxResults: 0 } })).toMatchObject({
            success: false,
            http: 400,
        });
    });

    it("are cleared in the background, repeatedly, and keep id and name", async () => {
        const agb = await startServer({ syncTimeMs: 60_000 });
        const id = await agb.createContext("data");
        await agb.put(id, "/home/a/b.txt", "b");
        for (let times = 0; times < 2; times++) {
            await agb.data("POST", "/sdk/ClearContext", { query: { id } });
            expect(await agb.data("GET", "/sdk/GetContext", { query: { id } })).toMatchObject({ state: "clearing" });
        }
        await agb.local.whenIdle();
        expect(await agb.data("GET", "/sdk/GetContext", { query: { id } })).toMatchObject({
            id,
            name: "data",
            state: "available",
        });
        expect(await agb.files(id)).toEqual([]);
        expect(await agb.call("POST", "/sdk/ClearContext", { query: { id: "SdkCtx-none" } })).toMatchObject({
            success: false,
            http: 400,
        });
    });
});
