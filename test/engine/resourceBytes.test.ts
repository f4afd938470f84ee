/** Saving again and again: the bytes are those of a full encoding, and a save does only what its changes need. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal } from "../../engine/execute/journal";
import type { ResourceState } from "../../engine/model/types";
import { SavedFile } from "../../engine/state/files";
import { ResourceBytes } from "../../engine/state/resourceBytes";

const stateOf = (name: string): ResourceState => ({
    urn: `urn:pulumi:dev::shop::a:b:C::${name}`,
    custom: true,
    type: "a:b:C",
});
const encode = ({ urn }: ResourceState): string => JSON.stringify({ urn, text: "é".repeat(urn.length * 20) });

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "saves-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("any sequence of additions, changes, removals and moves gives the bytes of a full encoding", () => {
    const bytes = new ResourceBytes(encode);
    let seed = 7;
    const random = (limit: number): number => (seed = (seed * 48271) % 2147483647) % limit;
    const states: ResourceState[] = [];
    for (let round = 0; round < 2000; round++) {
        const at = random(states.length + 1);
        const added = random(3) > 0 ? [stateOf(`${"x".repeat(random(30))}${round}`)] : [];
        states.splice(at, random(2), ...added);
        if (random(20) === 0) states.reverse();
        if (random(100) === 0) states.length = 0;
        expect(bytes.join([...states]).toString()).toBe(states.map(encode).join(","));
    }
});

test("creating many resources encodes each once, however often the state is saved", () => {
    let encoded = 0;
    const bytes = new ResourceBytes((state) => {
        encoded++;
        return encode(state);
    });
    const states: ResourceState[] = [];
    for (let count = 1; count <= 500; count++) {
        states.push(stateOf(String(count)));
        bytes.join([...states]);
        expect(encoded).toBe(count);
    }
});

test("a save writes the state and links its backup, but writes attributes only once", async () => {
    const file = join(folder, "dev.json");
    const saved = new SavedFile(file, `${file}.bak`);
    const save = (text: string): Promise<void> => saved.save([Buffer.from(text)]);
    await save("one");
    const attributes = statSync(`${file}.attrs`).ino;
    for (const [text, previous] of [
        ["two", "one"],
        ["three", "two"],
        ["four", "three"],
    ] as const) {
        await save(text);
        expect(readFileSync(file, "utf8")).toBe(text);
        expect(readFileSync(`${file}.bak`, "utf8")).toBe(previous);
    }
    expect(statSync(`${file}.attrs`).ino).toBe(attributes);
    expect(statSync(`${file}.bak.attrs`).ino).toBe(attributes);
    // A hash of earlier contents would be wrong now.
    expect(JSON.parse(readFileSync(`${file}.attrs`, "utf8"))).toMatchObject({ md5: null });
});

test("changes that arrive during a save share the next one, so creations that run concurrently take few saves", async () => {
    let saves = 0;
    const save = (): Promise<void> => new Promise((resolve) => (saves++, setImmediate(resolve)));
    const journal = new Journal([], [], { save });
    const states = Array.from({ length: 200 }, (_, number) => stateOf(String(number)));
    const concurrency = 16;
    const create = async (): Promise<void> => {
        for (let state = states.pop(); state !== undefined; state = states.pop()) {
            await journal.begin(state, "creating");
            await journal.end(state, { added: state });
        }
    };
    await Promise.all(Array.from({ length: concurrency }, create));
    // One in which they begin and one in which they end, for each group of creations.
    expect(saves).toBeLessThanOrEqual(2 * Math.ceil(200 / concurrency) + 1);
    expect(journal.resources()).toHaveLength(200);
});
