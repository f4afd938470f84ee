/** A server that is killed under load. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientOf, type TestClient } from "./client";
import { MOUNT } from "./mountedFiles";
import { startProcess } from "./process";

const ROUNDS = 6;
/** How many turns of the workers each round must confirm before the server is killed. */
const TURNS = 3;

let dataFolder: string;
beforeAll(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), "agb-crash-"));
});
afterAll(() => rm(dataFolder, { recursive: true, force: true }));

/** What the server has confirmed, and the requests it never answered. */
class Ledger {
    readonly contexts = new Map<string, string>();
    /** By context and path: the contents that the file may have. The last is the one that was confirmed, if any was. */
    readonly files = new Map<string, Set<string>>();
    readonly sessions = new Map<string, Record<string, string>>();
    /** Sessions in which a file was written. */
    readonly written = new Set<string>();
    /** Contexts that a released session's file must be in. */
    readonly released = new Map<string, { contextId: string; content: string }>();
    #confirmed = 0;
    readonly #waiting = new Set<() => void>();

    turnDone(): void {
        this.#confirmed++;
        for (const wake of this.#waiting) wake();
    }

    /** Resolves when that many more turns are confirmed. */
    async confirm(turns: number): Promise<void> {
        const wanted = this.#confirmed + turns;
        await new Promise<void>((resolve) => {
            const wake = (): void => {
                if (this.#confirmed < wanted) return;
                this.#waiting.delete(wake);
                resolve();
            };
            this.#waiting.add(wake);
        });
    }
}

const pick = <Item>(items: Iterable<Item>): Item | undefined => {
    const all = [...items];
    return all[Math.floor(Math.random() * all.length)];
};

/** Keeps calling until the server has ended. */
async function work(agb: TestClient, ledger: Ledger, worker: string): Promise<void> {
    for (let turn = 0; ; turn++) {
        const name = `${worker}-${turn}`;
        try {
            const contextId = await agb.createContext(name);
            ledger.contexts.set(contextId, name);

            // A worker writes files of its own, so that the last content confirmed is the one to find.
            const target = pick(ledger.contexts.keys()) ?? contextId;
            const path = `/home/f${worker.at(-1)}-${turn % 3}`;
            const key = `${target} ${path}`;
            const content = `${name} `.repeat(20_000);
            ledger.files.set(key, new Set([...(ledger.files.get(key) ?? [""]), content]));
            await agb.put(target, path, content);
            ledger.files.set(key, new Set([content]));

            const labels = { name };
            const sessionId = await agb.createSession([{ contextId, path: MOUNT }], { labels });
            ledger.sessions.set(sessionId, labels);
            await agb.write(sessionId, `${MOUNT}/kept`, name);
            ledger.written.add(sessionId);
            if (turn % 2) {
                ledger.sessions.delete(sessionId);
                await agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
                ledger.released.set(sessionId, { contextId, content: name });
            }
            ledger.turnDone();
        } catch {
            return;
        }
    }
}

async function check(agb: TestClient, ledger: Ledger): Promise<void> {
    for (const [id, name] of ledger.contexts) {
        expect(await agb.data("GET", "/sdk/GetContext", { query: { id } })).toMatchObject({ id, name });
    }
    for (const [key, contents] of ledger.files) {
        const [contextId = "", path = ""] = key.split(" ");
        const content = (await agb.get(contextId, path)) ?? "";
        expect(contents.has(content), `${key} holds ${content.slice(0, 40)} (${content.length})`).toBe(true);
        ledger.files.set(key, new Set([content]));
    }
    for (const [sessionId, labels] of ledger.sessions) {
        expect(await agb.data("GET", "/sdk/GetLabel", { query: { sessionId } })).toEqual({
            labels: JSON.stringify(labels),
        });
        await expect.poll(async () => (await agb.tasks(sessionId)).map(({ status }) => status)).toEqual(["Success"]);
        if (ledger.written.has(sessionId)) expect(await agb.read(sessionId, `${MOUNT}/kept`)).toBe(labels.name);
    }
    for (const [sessionId, { contextId, content }] of ledger.released) {
        await expect.poll(async () => (await agb.status(sessionId)).code).toBe("InvalidMcpSession.NotFound");
        expect(await agb.get(contextId, `${MOUNT}/kept`)).toBe(content);
    }
}

describe("a local AGB that is killed under load", () => {
    it("has everything it had confirmed after a restart, and no partial files", async () => {
        const ledger = new Ledger();
        for (let round = 0; round < ROUNDS; round++) {
            const server = await startProcess(dataFolder);
            const agb = clientOf(server);
            await check(agb, ledger);
            const workers = Array.from({ length: 4 }, (_, index) => work(agb, ledger, `${round}-${index}`));
            await ledger.confirm(TURNS);
            // The kill comes at a random moment of the turns that follow.
            await setTimeout(Math.random() * 200);
            expect(await server.end("SIGKILL")).toBe("SIGKILL");
            await Promise.all(workers);
        }
        const server = await startProcess(dataFolder);
        await check(clientOf(server), ledger);
        expect(await server.end("SIGTERM")).toBe(0);
        expect(await readdir(join(dataFolder, "incoming"))).toEqual([]);
        expect(await readdir(dataFolder)).not.toContain("server.json");
    });
});
