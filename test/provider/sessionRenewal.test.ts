/** `renewBefore`: a session that is about to end is replaced, by the clock of AGB. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs, SessionState } from "../../provider/handlers/session/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";

const PATH = "/home/work";
const MINUTE_MS = 60_000;

let agb: TestAgb;
let contextId: string;
beforeAll(async () => {
    agb = await startTestAgb({ syncTimeMs: 20 });
});
afterAll(() => agb.close());
beforeEach(async () => {
    contextId = (await agb.client.ensureContext(`work-${Math.random()}`)).id;
});

const failuresOf = (news: Record<string, unknown>) =>
    sessionHandlers
        .check({ olds: {}, news: { imageId: "agb-code-space-2", ...news } })
        .failures.map(({ property, reason }) => `${property} ${reason}`);

function inputsOf(more: Record<string, unknown>): SessionInputs {
    const news = {
        imageId: "agb-code-space-2",
        idleReleaseTimeout: 1800,
        contextSyncs: [{ contextId, path: PATH }],
        __origin: originOf("dev"),
        ...more,
    };
    const { inputs, failures } = sessionHandlers.check({ olds: {}, news });
    expect(failures).toEqual([]);
    return inputs as unknown as SessionInputs;
}

/** The diff that a new deployment makes, and its lines. */
async function diff({ id, state }: { id: string; state: SessionState }, inputs: SessionInputs) {
    const { reporter, lines } = recordingReporter();
    const { changes, replaces } = await sessionHandlers.diff({
        id,
        state,
        inputs,
        account: accountOf(agb.client, reporter),
    });
    return { changes, replaces, lines };
}

const create = (inputs: SessionInputs) => sessionHandlers.create({ inputs, account: accountOf(agb.client) });
const advance = (minutes: number) => agb.local.clock.advance(minutes * MINUTE_MS);

describe("a session with renewBefore", () => {
    it("is replaced when it has less than that to live, and the lines before that say when it ends", async () => {
        const inputs = inputsOf({ renewBefore: 600 });
        const made = await create(inputs);
        const endsAt = Date.parse(made.state.expiresAt ?? "");
        await advance(19);
        expect(await diff(made, inputs)).toEqual({
            changes: false,
            replaces: [],
            lines: [
                `Session "dev" (${made.id}) ends at ${made.state.expiresAt}. From ${new Date(endsAt - 10 * MINUTE_MS).toISOString()} on, \`pulumi up\` replaces it.`,
            ],
        });
        await advance(1.1);
        expect(await diff(made, inputs)).toEqual({
            changes: true,
            replaces: ["expiresAt"],
            lines: [
                `Session "dev" (${made.id}) ends at ${made.state.expiresAt} and is replaced: its mounts are uploaded and it is released before the new session is created. Files outside its mounts are deleted.`,
            ],
        });
        await sessionHandlers.delete({ ...made, account: accountOf(agb.client) });
        expect(await diff(await create(inputs), inputs)).toMatchObject({ changes: false, replaces: [] });
    });

    it("is not replaced by time without the option, or if its end is not known", async () => {
        const made = await create(inputsOf({}));
        await advance(29);
        expect(await diff(made, inputsOf({}))).toEqual({ changes: false, replaces: [], lines: [] });
        const inputs = inputsOf({ renewBefore: 600 });
        const unknownEnd = { id: made.id, state: { ...made.state, expiresAt: undefined } };
        expect(await diff(unknownEnd, inputs)).toEqual({ changes: true, replaces: [], lines: [] });
        expect(await diff(made, { ...inputs, renewBefore: unknown as never })).toMatchObject({ replaces: [] });
        expect(await diff(made, inputs)).toMatchObject({ replaces: ["expiresAt"] });
    });

    it("changes in place, and can be removed again", async () => {
        let made = await create(inputsOf({}));
        for (const renewBefore of [300, 600, undefined]) {
            const inputs = inputsOf({ renewBefore });
            expect(await diff(made, inputs)).toMatchObject({ changes: true, replaces: [] });
            const { state } = await sessionHandlers.update({ ...made, inputs, account: accountOf(agb.client) });
            made = { id: made.id, state: JSON.parse(JSON.stringify(state)) as SessionState };
            expect(made.state.renewBefore).toBe(renewBefore);
            expect(await diff(made, inputs)).toMatchObject({ changes: false });
        }
    });

    it("is repaired first if data is missing, because it could not be uploaded", async () => {
        await agb.client.uploadContextFile(contextId, `${PATH}/a.txt`, { text: "hello" });
        const ready = await create(inputsOf({ renewBefore: 600, onSyncFailure: "report" }));
        await advance(25);
        const inputs = inputsOf({ renewBefore: 600 });
        const failed = { id: ready.id, state: { ...ready.state, syncStatus: "Failed" as const } };
        expect(await diff(failed, inputs)).toMatchObject({ changes: true, replaces: [] });
        const { state } = await sessionHandlers.update({ ...failed, inputs, account: accountOf(agb.client) });
        expect(await diff({ id: ready.id, state }, inputs)).toMatchObject({ replaces: ["expiresAt"] });
    });

    it("keeps running if the new one could not be created", async () => {
        const inputs = inputsOf({ renewBefore: 600 });
        const made = await create(inputs);
        await advance(25);
        await agb.client.deleteContext(contextId);
        await expect(diff(made, inputs)).rejects.toThrow(
            `was not replaced and keeps running, because the new session could not be created: The account has no context ${contextId}.`,
        );
    });
});

describe("renewBefore", () => {
    it("is refused if every deployment would replace the session, or none could", () => {
        expect(failuresOf({ renewBefore: 1500 })).toEqual([]);
        expect(failuresOf({ renewBefore: null, __protected: true })).toEqual([]);
        expect(failuresOf({ renewBefore: 0 })).toEqual(["renewBefore must be at least 1"]);
        expect(failuresOf({ renewBefore: 1501 })).toEqual([
            "renewBefore must be at most 1500, because a session exists for 30 minutes",
        ]);
        expect(failuresOf({ renewBefore: 300, __protected: true })).toEqual([
            "renewBefore has no effect with the option protect, which blocks every replacement; remove one of them",
        ]);
    });
});
