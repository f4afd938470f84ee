/** Whatever the inputs, an `up` right after an `up` changes nothing, and neither does one after a refresh. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DownloadStrategy, Lifecycle, OnSyncFailure, UploadMode } from "../../provider/agb";
import { Account } from "../../provider/handlers/account";
import { contextFileHandlers } from "../../provider/handlers/contextFile";
import { sessionHandlers } from "../../provider/handlers/session";
import { isDeepStrictEqual } from "node:util";
import { startTestAgb, type TestAgb } from "../support/agb";
import { fileAsset, stringAsset } from "../support/assets";

const RUNS = Number(process.env.RUNS ?? 25);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`noFlapping: SEED=${seed} RUNS=${RUNS}`);
const silent = { status: () => undefined, milestone: () => undefined, info: () => undefined, warn: () => undefined };
let agb: TestAgb;
let contexts: string[];
beforeAll(async () => {
    agb = await startTestAgb();
    contexts = await Promise.all(["a", "b", "c"].map(async (name) => (await agb.client.ensureContext(name)).id));
});
afterAll(() => agb.close());

const part = fc.stringMatching(/^[a-z][a-z0-9 _.-]{0,8}[a-z0-9]$/);
const relative = fc.tuple(fc.constantFrom("", "/"), fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom("", "/")).map(([before, parts, after]) => before + parts.join("/") + after);
const bool = fc.boolean();
const some = (model: Record<string, fc.Arbitrary<unknown>>) => fc.record(model, { requiredKeys: [] });
const policy = some({
    uploadPolicy: some({ autoUpload: bool, uploadMode: fc.constant(UploadMode.File) }),
    downloadPolicy: some({ autoDownload: bool, downloadStrategy: fc.constantFrom(...Object.values(DownloadStrategy)) }),
    deletePolicy: some({ syncLocalFile: bool }),
    extractPolicy: some({ extract: bool, deleteSrcFile: bool, extractToCurrentFolder: bool }),
    recyclePolicy: some({ lifecycle: fc.constantFrom(...Object.values(Lifecycle)), paths: fc.array(relative, { maxLength: 3 }) }),
    bwList: some({ whiteLists: fc.array(fc.record({ path: relative, excludePaths: fc.array(relative, { maxLength: 3 }) }, { requiredKeys: ["path"] }), { maxLength: 3 }) }),
    mappingPolicy: fc.record({ path: part.map((name) => `/home/${name}`) }),
});
const news = fc.record({
    imageId: fc.constantFrom("agb-code-space-1", "agb-code-space-2"),
    labels: fc.dictionary(fc.stringMatching(/^[ -~]{1,12}$/), fc.string({ minLength: 1, maxLength: 12 }), { maxKeys: 4 }),
    contextSyncs: fc.uniqueArray(fc.record({ context: fc.nat(2), path: part.map((name) => `/home/${name}`), policy }, { requiredKeys: ["context", "path"] }), { maxLength: 3, selector: ({ path }) => path }),
    idleReleaseTimeout: fc.integer({ min: 60, max: 1800 }),
    waitForSync: bool,
    syncOnDelete: bool,
    onSyncFailure: fc.constantFrom(...Object.values(OnSyncFailure)),
    forceDestroy: bool,
}, { requiredKeys: ["imageId"] });

it("changes nothing of a session the second time", async () => {
    const account = new Account(agb.client, silent, { stage: "test" }, []);
    await fc.assert(fc.asyncProperty(news, async ({ contextSyncs, ...rest }) => {
        const given = () => structuredClone({
            ...rest, ...(contextSyncs ? { contextSyncs: contextSyncs.map(({ context, ...mount }) => ({ contextId: contexts[context], ...mount })) } : {}),
            __origin: { project: "p", stack: "s", name: "dev", parents: [] },
        });
        const checked = () => {
            const { inputs, failures } = sessionHandlers.check({ olds: {}, news: given() });
            expect(failures).toEqual([]);
            return inputs as unknown as Parameters<typeof sessionHandlers.create>[0]["inputs"];
        };
        const { id, state } = await sessionHandlers.create({ inputs: checked(), account });
        expect(await sessionHandlers.diff({ id, state, inputs: checked(), account })).toMatchObject({ changes: false, replaces: [] });

        // As it comes back from a state file, and in another order.
        const stored = JSON.parse(JSON.stringify(state)) as typeof state;
        const inputs = checked();
        inputs.contextSyncs.reverse();
        expect(await sessionHandlers.diff({ id, state: stored, inputs, account })).toMatchObject({ changes: false, replaces: [] });

        await agb.local.settleSyncs();
        const read = await sessionHandlers.read({ id, state: stored, account });
        if (!read) throw new Error("the session is gone");
        expect(isDeepStrictEqual(JSON.parse(JSON.stringify(read.inputs)), JSON.parse(JSON.stringify(checked())))).toBe(true);
        expect(await sessionHandlers.diff({ id, state: read.state, inputs: checked(), account })).toMatchObject({ changes: false, replaces: [] });
        await agb.client.releaseSession(id);
    }), { numRuns: RUNS, seed });
});

const held = fc.string({ unit: "grapheme", maxLength: 40 });
const file = fc.record({ path: fc.array(part, { minLength: 1, maxLength: 4 }), form: fc.constantFrom("content", "text", "file"), first: held, second: held, overwrite: bool });

it("changes nothing of a file the second time, in whatever form its content is given", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pulumi-agb-flapping-"));
    const account = new Account(agb.client, silent, {}, []);
    const local = path.join(folder, "file");
    let runs = 0;
    await fc.assert(fc.asyncProperty(file, async ({ path: parts, form, first, second, overwrite }) => {
        const given = (text: string) => {
            writeFileSync(local, text);
            return form === "content" ? { content: text } : { source: form === "text" ? stringAsset(text) : fileAsset(local) };
        };
        const place = { contextId: contexts[0], path: `/home/${runs++}/${parts.join("/")}`, overwrite, __origin: { project: "p", stack: "s", name: "file", parents: [] } };
        const checked = (text: string) => {
            const { inputs, failures } = contextFileHandlers.check({ olds: {}, news: { ...place, ...given(text) } });
            expect(failures).toEqual([]);
            return inputs as unknown as Parameters<typeof contextFileHandlers.create>[0]["inputs"];
        };
        const made = await contextFileHandlers.create({ inputs: checked(first), account });
        const settled = async (id: string, state: typeof made.state, text: string) => {
            const stored = JSON.parse(JSON.stringify(state)) as typeof state;
            expect(contextFileHandlers.diff({ id, state: stored, inputs: checked(text), account })).toMatchObject({ changes: false, replaces: [] });
            const read = await contextFileHandlers.read({ id, state: stored, account });
            expect(JSON.parse(JSON.stringify(read?.state))).toEqual(stored);
        };
        await settled(made.id, made.state, first);
        const updated = await contextFileHandlers.update({ ...made, inputs: checked(second), account });
        await settled(made.id, updated.state, second);
    }), { numRuns: RUNS, seed });
    rmSync(folder, { recursive: true, force: true });
});
