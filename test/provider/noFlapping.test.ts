/** A second `up` changes nothing, whatever the inputs, and neither does one after a refresh. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DownloadStrategy, Lifecycle, OnSyncFailure, SyncMode, UploadMode } from "../../provider/agb";
import { Account } from "../../provider/handlers/account";
import { nullReporter } from "../../provider/handlers/reporter";
import { contextHandlers } from "../../provider/handlers/context";
import { contextFileHandlers } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers } from "../../provider/handlers/files/contextFolder";
import type { CheckResult, Handlers } from "../../provider/handlers/contract";
import type { CommonInputs } from "../../provider/handlers/origin";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { syncHandlers } from "../../provider/handlers/sync";
import { isDeepStrictEqual } from "node:util";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";
import { fileAsset, stringAsset } from "../support/assets";

const RUNS = Number(process.env.RUNS ?? 25);
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
console.log(`noFlapping: SEED=${seed} RUNS=${RUNS}`);
let agb: TestAgb;
let contexts: string[];
beforeAll(async () => {
    agb = await startTestAgb();
    contexts = await Promise.all(
        [1, 2, 3].map(async (number) => (await agb.client.ensureContext(`context ${number} of these tests`)).id),
    );
});
afterAll(() => agb.close());

const part = fc.stringMatching(/^[a-z][a-z0-9 _.-]{0,8}[a-z0-9]$/);
const relative = fc
    .tuple(fc.constantFrom("", "/"), fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom("", "/"))
    .map(([before, parts, after]) => before + parts.join("/") + after);
const bool = fc.boolean();
const some = (model: Record<string, fc.Arbitrary<unknown>>) => fc.record(model, { requiredKeys: [] });
const policy = some({
    uploadPolicy: some({ autoUpload: bool, uploadMode: fc.constant(UploadMode.File) }),
    downloadPolicy: some({ autoDownload: bool, downloadStrategy: fc.constantFrom(...Object.values(DownloadStrategy)) }),
    deletePolicy: some({ syncLocalFile: bool }),
    extractPolicy: some({ extract: bool, deleteSrcFile: bool, extractToCurrentFolder: bool }),
    recyclePolicy: some({
        lifecycle: fc.constantFrom(...Object.values(Lifecycle)),
        paths: fc.array(relative, { maxLength: 3 }),
    }),
    bwList: some({
        whiteLists: fc.array(
            fc.record(
                { path: relative, excludePaths: fc.array(relative, { maxLength: 3 }) },
                { requiredKeys: ["path"] },
            ),
            { maxLength: 3 },
        ),
    }),
    mappingPolicy: fc.record({ path: part.map((name) => `/home/${name}`) }),
});
const news = fc.record(
    {
        imageId: fc.constantFrom("agb-code-space-1", "agb-code-space-2"),
        labels: fc.dictionary(fc.stringMatching(/^[ -~]{1,12}$/), fc.string({ minLength: 1, maxLength: 12 }), {
            maxKeys: 4,
        }),
        contextSyncs: fc.uniqueArray(
            fc.record(
                { context: fc.nat(2), path: part.map((name) => `/home/${name}`), policy },
                { requiredKeys: ["context", "path"] },
            ),
            { maxLength: 3, selector: ({ path }) => path },
        ),
        idleReleaseTimeout: fc.integer({ min: 60, max: 1800 }),
        waitForSync: bool,
        syncOnDelete: bool,
        onSyncFailure: fc.constantFrom(...Object.values(OnSyncFailure)),
        forceDestroy: bool,
        renewBefore: fc.integer({ min: 1, max: 1500 }),
    },
    { requiredKeys: ["imageId"] },
);

const origin = originOf("it");

type Given = () => Record<string, unknown>;
type Any<I extends CommonInputs, S extends I> = Omit<Handlers<I, S, CheckResult | Promise<CheckResult>>, "definition">;
interface Made<S> {
    id: string;
    state: S;
}

async function checked<I extends CommonInputs, S extends I>(
    handlers: Any<I, S>,
    olds: object,
    given: Given,
): Promise<I> {
    const { inputs, failures } = await handlers.check({ olds: { ...olds }, news: { ...given(), __origin: origin } });
    expect(failures).toEqual([]);
    return inputs as unknown as I;
}

/** Declaring the same inputs again is no change, neither with a state read from a file nor after a refresh. */
async function isSettled<I extends CommonInputs, S extends I>(
    handlers: Any<I, S>,
    { id, state }: Made<S>,
    given: Given,
    account: Account,
): Promise<void> {
    const stored = asStored(state);
    const inputs = await checked(handlers, stored, given);
    expect(await handlers.diff({ id, state: stored, inputs, account })).toMatchObject({ changes: false, replaces: [] });
    await agb.local.whenIdle();
    const read = await handlers.read({ id, state: stored, account });
    if (!read) throw new Error("it is gone");
    if (read.inputs) expect(isDeepStrictEqual(asStored(read.inputs), asStored(inputs))).toBe(true);
    expect(await handlers.diff({ id, state: read.state, inputs, account })).toMatchObject({
        changes: false,
        replaces: [],
    });
}

async function settles<I extends CommonInputs, S extends I>(
    handlers: Any<I, S>,
    given: Given,
    account: Account,
): Promise<Made<S>> {
    const made = await handlers.create({ inputs: await checked(handlers, {}, given), account });
    await isSettled(handlers, made, given, account);
    return made;
}

const asStored = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

it("a second up does not change a session", async () => {
    const account = new Account(agb.client, nullReporter, { stage: "test" }, []);
    await fc.assert(
        fc.asyncProperty(news, async ({ contextSyncs = [], ...rest }) => {
            const mounts = contextSyncs.map(({ context, ...mount }) => ({ contextId: contexts[context], ...mount }));
            const made = await settles(
                sessionHandlers,
                () => structuredClone({ ...rest, contextSyncs: mounts }),
                account,
            );
            const reversed = await checked(sessionHandlers, made.state, () =>
                structuredClone({ ...rest, contextSyncs: mounts.toReversed() }),
            );
            expect(await sessionHandlers.diff({ ...made, inputs: reversed, account })).toMatchObject({
                changes: false,
                replaces: [],
            });
            await agb.client.releaseSession(made.id);
        }),
        { numRuns: RUNS, seed },
    );
});

const held = fc.string({ unit: "grapheme", maxLength: 40 });
const file = fc.record({
    path: fc.array(part, { minLength: 1, maxLength: 4 }),
    form: fc.constantFrom("content", "text", "file"),
    first: held,
    second: held,
    overwrite: bool,
});

it("a second up does not change a file, however its content is given", async () => {
    const folder = tempFolder("flapping");
    const account = accountOf(agb.client);
    const local = join(folder, "file");
    let runs = 0;
    await fc.assert(
        fc.asyncProperty(file, async ({ path: parts, form, first, second, overwrite }) => {
            const place = { contextId: contexts[0], path: `/home/${runs++}/${parts.join("/")}`, overwrite };
            const given = (text: string) => () => {
                writeFileSync(local, text);
                return {
                    ...place,
                    ...(form === "content"
                        ? { content: text }
                        : { source: form === "text" ? stringAsset(text) : fileAsset(local) }),
                };
            };
            const made = await settles(contextFileHandlers, given(first), account);
            const updated = await contextFileHandlers.update({
                ...made,
                inputs: await checked(contextFileHandlers, made.state, given(second)),
                account,
            });
            await isSettled(contextFileHandlers, { id: made.id, ...updated }, given(second), account);
        }),
        { numRuns: RUNS, seed },
    );
    rmSync(folder, { recursive: true, force: true });
});

const contextInputs = some({
    name: fc.string({ maxLength: 20 }).filter((name) => /\S/.test(name)),
    adopt: bool,
    forceDestroy: bool,
    region: part,
});

it("a second up does not change a context", async () => {
    await fc.assert(
        fc.asyncProperty(contextInputs, async (given) => {
            const account = accountOf(agb.client);
            await agb.client.deleteContext((await settles(contextHandlers, () => given, account)).id);
        }),
        { numRuns: RUNS, seed },
    );
});

const folderFiles = fc.dictionary(part, held, { maxKeys: 4, noNullPrototype: true });
const patterns = fc.array(
    fc
        .array(fc.oneof(part, fc.constantFrom("*", "**", "?*")), { minLength: 1, maxLength: 3 })
        .map((parts) => parts.join("/")),
    { maxLength: 3 },
);

it("a second up does not change a folder, whatever its patterns", async () => {
    const source = tempFolder("flapping");
    let runs = 0;
    await fc.assert(
        fc.asyncProperty(
            folderFiles,
            some({ include: patterns, exclude: patterns, overwrite: bool }),
            async (files, options) => {
                const folder = join(source, String(runs++));
                for (const [name, content] of Object.entries(files)) {
                    mkdirSync(join(folder, name), { recursive: true });
                    writeFileSync(join(folder, name, "file"), content);
                }
                mkdirSync(folder, { recursive: true });
                await settles(
                    contextFolderHandlers,
                    () => ({ contextId: contexts[0], path: `/home/folder${runs}/`, source: folder, ...options }),
                    accountOf(agb.client),
                );
            },
        ),
        { numRuns: RUNS, seed },
    );
    rmSync(source, { recursive: true, force: true });
});

const syncInputs = some({
    mode: fc.constantFrom(...Object.values(SyncMode)),
    triggers: fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 3 }),
    onSyncFailure: fc.constantFrom(...Object.values(OnSyncFailure)),
});

it("a second up does not change a sync, whatever its triggers", async () => {
    const account = accountOf(agb.client);
    const mount = { contextId: contexts[0] ?? "", path: "/home/sync" };
    const { sessionId } = await agb.client.createSession({
        imageId: "agb-code-space-2",
        labels: {},
        idleReleaseTimeout: 1800,
        mounts: [{ ...mount, policy: "{}" }],
    });
    await fc.assert(
        fc.asyncProperty(syncInputs, bool, async (given, one) => {
            await settles(syncHandlers, () => ({ sessionId, ...(one && mount), ...given }), account);
        }),
        { numRuns: Math.ceil(RUNS / 8), seed },
    );
});
