/** Assumptions about contexts and their files. */
import { expect } from "vitest";
import type { Reply } from "../emulator/server/client";
import type { Assumption } from "./assumption";
import type { World } from "./world";

interface Listed {
    filePath: string;
    fileType: string;
    size: number;
    gmtModified?: string;
}

const getContext = ({ agb }: World, query: Record<string, string>): Promise<Reply> =>
    agb.call("GET", "/sdk/GetContext", { query });
const folder = ({ agb }: World, contextId: string, parentFolderPath: string, more: Record<string, number> = {}) =>
    agb.call("POST", "/sdk/DescribeContextFiles", { query: { contextId, parentFolderPath, ...more } });
const listed = ({ data }: Reply): Listed[] => (data ?? []) as Listed[];
const isRefused = { success: false, http: expect.toSatisfy((http: number) => http < 500) as number };

export const contextAssumptions: Assumption[] = [
    {
        id: "context-existing",
        sentence: "GetContext with allowCreate returns the existing context of that name, which it returns unchanged",
        async check(world) {
            const name = world.contextName();
            const id = await world.agb.createContext(name);
            expect(await world.agb.createContext(name)).toBe(id);
            // The name is part of the state, so another letter case would be a change.
            expect(await getContext(world, { name, allowCreate: "false" })).toMatchObject({ data: { id, name } });
        },
    },
    {
        id: "context-not-found",
        sentence: "GetContext of a missing name or id fails with a message that says so, and creates nothing",
        async check(world) {
            for (const query of [{ name: world.contextName() }, { id: "SdkCtx-doesnotexist" }]) {
                const reply = await getContext(world, { ...query, allowCreate: "false" });
                expect(reply).toMatchObject(isRefused);
                expect(`${reply.code} ${reply.message}`).toMatch(/not.?found|not exist/i);
            }
        },
    },
    {
        id: "context-deleted",
        sentence: "a deleted context is gone at once for GetContext and ListContexts, and its id never comes back",
        async check(world) {
            const name = world.contextName();
            const id = await world.agb.createContext(name);
            await world.agb.data("POST", "/sdk/DeleteContext", { query: { id } });
            expect(await getContext(world, { id })).toMatchObject(isRefused);
            const { data } = await world.agb.call("GET", "/sdk/ListContexts", { query: { maxResults: 50 } });
            expect(JSON.stringify(data)).not.toContain(id);
            expect(await world.agb.createContext(name)).not.toBe(id);
        },
    },
    {
        id: "context-rename",
        sentence: "ModifyContext renames a context in place, and frees its old name",
        async check(world) {
            const [before, after] = [world.contextName(), world.contextName()];
            const id = await world.agb.createContext(before);
            await world.agb.data("POST", "/sdk/ModifyContext", { query: { id, name: after } });
            expect(await getContext(world, { name: after })).toMatchObject({ data: { id } });
            expect(await getContext(world, { name: before })).toMatchObject({ success: false });
        },
    },
    {
        id: "context-pages",
        sentence:
            "ListContexts lists the newest contexts first, in pages without repetition, with a token next to data",
        async check(world) {
            const ids = [await world.context(), await world.context(), await world.context()];
            const seen: string[] = [];
            for (let nextToken = "", page = 0; page < 4; page++) {
                const reply = await world.agb.call("GET", "/sdk/ListContexts", {
                    query: { maxResults: 1, ...(nextToken && { nextToken }) },
                });
                seen.push(...(reply.data as { id: string }[]).map(({ id }) => id));
                nextToken = reply.nextToken ?? "";
                if (nextToken === "") break;
            }
            expect(seen.slice(0, 3)).toEqual(ids.reverse());
            expect(new Set(seen).size).toBe(seen.length);
        },
    },
    {
        id: "context-clear",
        sentence: "ClearContext removes all files, and the context is available again within a minute or two",
        async check(world) {
            const id = await world.context({ "/home/a": "a" });
            await world.agb.data("POST", "/sdk/ClearContext", { query: { id } });
            await world.until("the context is available", async () => {
                const { state } = (await getContext(world, { id })).data as { state: string };
                return state === "available" ? true : undefined;
            });
            expect(await world.agb.files(id)).toEqual([]);
        },
    },
    {
        id: "file-listed",
        sentence: "a file is listed with its exact size and time at once after its upload, also if it replaces another",
        async check(world) {
            const id = await world.context({ "/home/w/a.txt": "12345" });
            for (const content of ["123", "1234567"]) {
                await world.agb.put(id, "/home/w/a.txt", content);
                const [file] = listed(await folder(world, id, "/home/w"));
                expect(file).toMatchObject({ filePath: "/home/w/a.txt", size: content.length });
                expect(Date.parse(file?.gmtModified ?? "")).not.toBeNaN();
                expect(await world.agb.get(id, "/home/w/a.txt")).toBe(content);
            }
        },
    },
    {
        id: "file-deleted",
        sentence:
            "a file is no longer listed at once after DeleteContextFile, nor is its folder if that was the last file",
        async check(world) {
            const id = await world.context({ "/home/w/a": "a" });
            await world.agb.data("POST", "/sdk/DeleteContextFile", {
                query: { contextId: id, filePath: "/home/w/a" },
            });
            expect(listed(await folder(world, id, "/home/w"))).toEqual([]);
            expect(listed(await folder(world, id, "/home"))).toEqual([]);
        },
    },
    {
        id: "file-folders",
        sentence: "DescribeContextFiles lists direct children only; fileType is FOLDER for folders and never for files",
        async check(world) {
            const id = await world.context({ "/home/w/a": "a", "/home/w/in/b": "b" });
            const children = listed(await folder(world, id, "/home/w"));
            expect(children.map(({ filePath, fileType }) => [filePath, fileType === "FOLDER"]).sort()).toEqual([
                ["/home/w/a", false],
                ["/home/w/in", true],
            ]);
        },
    },
    {
        id: "file-pages",
        sentence:
            "DescribeContextFiles counts pages from 1, accepts a pageSize of 50, and a page that is not full is the last",
        async check(world) {
            const id = await world.context({ "/home/a": "a", "/home/b": "b", "/home/c": "c" });
            const page = async (pageNumber: number, pageSize: number) =>
                listed(await folder(world, id, "/home", { pageNumber, pageSize })).map(({ filePath }) => filePath);
            expect([...(await page(1, 2)), ...(await page(2, 2))].sort()).toEqual(["/home/a", "/home/b", "/home/c"]);
            expect(await page(3, 2)).toEqual([]);
            expect(await page(1, 50)).toHaveLength(3);
            expect((await folder(world, id, "/home", { pageNumber: 1, pageSize: 2 })).count).toBe(3);
        },
    },
    {
        id: "file-missing",
        sentence: "a presigned URL of a missing file answers 404",
        async check(world) {
            expect(await world.agb.get(await world.context(), "/home/missing")).toBeUndefined();
        },
    },
    {
        id: "url-bound",
        sentence: "a presigned URL serves one method and one file, without a key, until it expires",
        async check(world) {
            const id = await world.context({ "/home/a": "a" });
            const url = await world.agb.url("Download", id, "/home/a");
            const put = await world.agb.raw(url, { method: "PUT", body: "b" });
            await put.body.dump();
            expect(put.statusCode).toBe(403);
            const other = await world.agb.raw(url.replace("/home/a", "/home/b"), { method: "GET" });
            await other.body.dump();
            expect(other.statusCode).toBeGreaterThanOrEqual(400);
            expect(await world.agb.get(id, "/home/a")).toBe("a");
        },
    },
    {
        id: "url-expiry",
        sentence: "the expireTime of a presigned URL is in seconds since the epoch",
        async check(world) {
            const { expireTime } = await world.agb.data<{ expireTime: number }>(
                "POST",
                "/sdk/GetContextFileUploadUrl",
                { query: { contextId: await world.context(), filePath: "/home/a" } },
            );
            const inSeconds = expireTime - Date.now() / 1000;
            expect(inSeconds).toBeGreaterThan(0);
            expect(inSeconds).toBeLessThan(30 * 24 * 60 * 60);
        },
    },
    {
        id: "key-rejected",
        sentence: "a wrong key is rejected with status 401",
        async check({ agb }) {
            expect(await agb.call("GET", "/sdk/ListContexts", { key: "agb-wrong" })).toMatchObject({ http: 401 });
        },
    },
];
