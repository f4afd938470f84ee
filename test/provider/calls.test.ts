/** Every call ends within its time limit and starts over if it is repeated, and every listing ends and is complete. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbClient } from "../../provider/agb";
import { SHORT_TIMINGS, startTestAgb, type TestAgb } from "../support/agb";
import { sendJson, startStubService, type StubService } from "../support/stubService";

let service: StubService;
let client: AgbClient;
beforeEach(async () => {
    service = await startStubService();
    client = new AgbClient({ endpoint: service.endpoint, apiKey: "k", timeoutMs: 300 }, SHORT_TIMINGS);
});
afterEach(async () => {
    await client.close();
    service.close();
});

const context = { success: true, data: { id: "c", name: "n" } };
const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
    const list: T[] = [];
    for await (const item of items) list.push(item);
    return list;
};

describe("a call", () => {
    it("ends at its time limit even if its answer keeps trickling in", async () => {
        service.respond((_, response) => {
            response.writeHead(200, { "content-type": "application/json" });
            const timer = setInterval(() => response.write(" "), 20);
            response.on("close", () => clearInterval(timer));
        });
        const startedAt = Date.now();
        await expect(client.getContext({ id: "c" })).rejects.toThrow(
            /did not answer GetContext within 0\.3 s \(agb:timeoutMs\)\.$/,
        );
        expect(Date.now() - startedAt).toBeLessThan(900);
    });

    it("has its whole time limit even if it first waits for others", async () => {
        const patient = new AgbClient({ endpoint: service.endpoint, apiKey: "k", timeoutMs: 600 }, SHORT_TIMINGS);
        service.respond((_, response) => setTimeout(() => sendJson(response, context), 50));
        const calls = Array.from({ length: 500 }, () => patient.getContext({ id: "c" }));
        expect(await Promise.all(calls)).toHaveLength(500);
        await patient.close();
    });

    it("starts over after a truncated answer", async () => {
        service.respond((_, response) => {
            const text = JSON.stringify(context);
            const isFirst = service.requests.length === 1;
            response.writeHead(200, { "content-length": text.length, etag: '"1"' });
            if (!isFirst) {
                response.end(text);
                return;
            }
            response.write(text.slice(0, 20));
            setTimeout(() => response.destroy(), 20);
        });
        expect(await client.getContext({ id: "c" })).toEqual(context.data);
        expect(service.requests).toHaveLength(2);
        expect(service.requests[1]?.headers).not.toHaveProperty("range");
        expect(service.requests[1]?.headers).not.toHaveProperty("if-match");
    });

    it.each(["0", "-5", "soon", "99999999999", "Fri, 01 Jan 2100 00:00:00 GMT", "1e9"])(
        "waits for its own time limit at most if AGB asks for a pause of %s",
        async (pause) => {
            service.respond((_, response) => {
                if (service.requests.length > 1) {
                    sendJson(response, context);
                    return;
                }
                response.setHeader("retry-after", pause);
                sendJson(response, { success: false }, 429);
            });
            const startedAt = Date.now();
            expect(await client.getContext({ id: "c" })).toEqual(context.data);
            expect(Date.now() - startedAt).toBeLessThan(900);
        },
    );
});

describe("a listing", () => {
    const page = (items: unknown[], nextToken = "") => ({ success: true, data: items, nextToken });
    const session = (id: number) => ({ sessionId: `s-${id}`, sessionStatus: "RUNNING" });
    const never = (call: string) => new RegExp(`^AGB's answers to ${call} never end: they repeat themselves`);

    it("ends if the service repeats a token", async () => {
        service.json(page([session(1)], "again"));
        await expect(collect(client.listSessions())).rejects.toThrow(never("ListSession"));
        expect(service.requests).toHaveLength(2);
    });

    it("ends if its pages have new tokens but no new entries", async () => {
        service.respond((_, response) => sendJson(response, page([session(1)], `t${service.requests.length}`)));
        await expect(collect(client.listSessions())).rejects.toThrow(never("ListSession"));
        service.respond((_, response) => sendJson(response, page([], `t${service.requests.length}`)));
        await expect(collect(client.listContexts())).rejects.toThrow(never("ListContexts"));
        expect(service.requests.length).toBeLessThan(30);
    });

    it("tolerates ten pages without a new entry in a row, and any number with some in between", async () => {
        const pages = (newEntry: (number: number) => boolean, count: number) => {
            service.requests.length = 0;
            service.respond((_, response) => {
                const number = service.requests.length;
                const items = newEntry(number) ? [session(number)] : [];
                sendJson(response, page(items, number < count ? `t${number}` : ""));
            });
        };
        pages((number) => number === 11, 11);
        expect(await collect(client.listSessions())).toHaveLength(1);
        pages((number) => number === 12, 12);
        await expect(collect(client.listSessions())).rejects.toThrow(never("ListSession"));
        pages((number) => number % 9 === 0, 40);
        expect(await collect(client.listSessions())).toHaveLength(4);
    });

    it("returns an entry that two pages contain once, and tolerates an empty page", async () => {
        const pages: Record<string, unknown> = {
            "": page([session(1), session(2)], "a"),
            a: page([], "b"),
            b: page([session(2), session(3)]),
        };
        service.respond(({ query }, response) => sendJson(response, pages[query.get("nextToken") ?? ""]));
        expect((await collect(client.listSessions())).map(({ sessionId }) => sessionId)).toEqual(["s-1", "s-2", "s-3"]);
    });

    const files = Array.from({ length: 50 }, (_, i) => ({ filePath: `/w/${i}`, fileType: "FILE" }));

    it("ends if every numbered page is the same full page", async () => {
        service.json(page(files));
        await expect(collect(client.listContextFolder("c", "/w"))).rejects.toThrow(never("DescribeContextFiles"));
        expect(service.requests.length).toBeLessThan(10);
    });

    it.each([
        ["itself", "/w"],
        ["an ancestor", "/"],
        ["itself with a slash", "/w/"],
        ["another folder", "/work"],
    ])("ends if a folder lists %s", async (_, filePath) => {
        service.json(page([{ filePath, fileType: "FOLDER" }]));
        await expect(collect(client.walkContextFiles("c", "/w"))).rejects.toThrow(never("DescribeContextFiles"));
        expect(service.requests).toHaveLength(1);
    });

    it("ends if folders are nested without end", async () => {
        service.respond(({ query }, response) => {
            const folder = `${query.get("parentFolderPath")}/${"x".repeat(200)}`;
            sendJson(response, page([{ filePath: folder, fileType: "FOLDER" }]));
        });
        await expect(collect(client.walkContextFiles("c", "/w"))).rejects.toThrow(never("DescribeContextFiles"));
    });

    it("reads all pages if an entry on a full page cannot be read", async () => {
        const unreadable = { fileName: "no path" };
        service.respond(({ query }, response) => {
            const isFirst = query.get("pageNumber") === "1";
            sendJson(response, page(isFirst ? [unreadable, ...files.slice(1)] : [{ filePath: "/w/last" }]));
        });
        expect(await collect(client.listContextFolder("c", "/w"))).toHaveLength(50);
    });
});

describe("a folder of several pages", () => {
    let agb: TestAgb;
    beforeEach(async () => {
        agb = await startTestAgb();
    });
    afterEach(() => agb.close());

    it("is listed completely while files before the current page are deleted", async () => {
        const { id } = await agb.client.ensureContext("n");
        const names = Array.from({ length: 105 }, (_, i) => `/home/w/${String(i).padStart(3, "0")}`);
        for (const name of names) await agb.client.uploadContextFile(id, name, { text: "x" });
        const listed = new Set<string>();
        const removed = [names[0], names[1]];
        for await (const { filePath } of agb.client.listContextFolder(id, "/home/w")) {
            listed.add(filePath);
            const next = listed.size === 50 || listed.size === 101 ? removed.shift() : undefined;
            if (next) await agb.client.deleteContextFile(id, next);
        }
        expect([...listed].sort()).toEqual(names);
    });

    it("is listed completely while files are added and deleted in turn, so that its size does not change", async () => {
        const { id } = await agb.client.ensureContext("n");
        const names = Array.from({ length: 60 }, (_, i) => `/home/w/${String(i).padStart(3, "0")}`);
        for (const name of names) await agb.client.uploadContextFile(id, name, { text: "x" });
        const listed: string[] = [];
        for await (const { filePath } of agb.client.listContextFolder(id, "/home/w")) {
            listed.push(filePath);
            if (listed.length !== 50) continue;
            await agb.client.deleteContextFile(id, names[0] ?? "");
            await agb.client.uploadContextFile(id, "/home/w/z", { text: "x" });
        }
        expect(listed.sort()).toEqual([...names, "/home/w/z"]);
    });
});
