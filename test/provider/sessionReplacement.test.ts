/** What a session's replacement would release is looked at before: a mistake must not cost the running sandbox. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { unknown } from "../../provider/handlers/contract";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs, SessionState } from "../../provider/handlers/session/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";

let agb: TestAgb;
let contextId: string;
let made: { id: string; state: SessionState };
const { reporter, lines: reported } = recordingReporter();

beforeEach(async () => {
    reported.splice(0);
    agb = await startTestAgb({ syncTimeMs: 20 });
    contextId = (await agb.client.ensureContext("work")).id;
    made = await sessionHandlers.create({ inputs: inputsOf(), account: accountOf(agb.client) });
});
afterEach(() => agb.close());

function inputsOf(news: Record<string, unknown> = {}): SessionInputs {
    const contextSyncs = [{ contextId, path: "/home/work" }];
    const { inputs } = sessionHandlers.check({
        olds: {},
        news: { imageId: "agb-code-space-2", contextSyncs, __origin: originOf("dev"), ...news },
    });
    return inputs as unknown as SessionInputs;
}
const diff = (news: Record<string, unknown>) =>
    sessionHandlers.diff({ ...made, inputs: inputsOf(news), account: accountOf(agb.client, reporter) });

it("announces that the running session is released first", async () => {
    expect(await diff({ idleReleaseTimeout: 600 })).toMatchObject({ replaces: ["idleReleaseTimeout"] });
    expect(reported).toEqual([
        `Session "dev" (${made.id}) is running and is replaced: its mounts are uploaded and it is released before the new session is created. Files outside its mounts are deleted.`,
    ]);
});

it("announces whether anything is uploaded", async () => {
    const readOnly = { contextId, path: "/home/lib", policy: { uploadPolicy: { autoUpload: false } } };
    const account = accountOf(agb.client);
    const contextSyncs = [{ contextId, path: "/home/work" }, readOnly];
    made = await sessionHandlers.create({ inputs: inputsOf({ contextSyncs }), account });
    await diff({ contextSyncs, idleReleaseTimeout: 600 });
    made = await sessionHandlers.create({ inputs: inputsOf({ contextSyncs: [readOnly] }), account });
    await diff({ contextSyncs: [readOnly], idleReleaseTimeout: 600 });
    expect(reported).toEqual([
        expect.stringContaining("replaced: its mounts are uploaded and it is released before"),
        expect.stringContaining("replaced: it is released before"),
    ]);
});

it("accepts the image and the paths that the running session has", async () => {
    const contextSyncs = ["/home/work", "/opt/a"].map((path) => ({ contextId, path }));
    // The local AGB mounts nothing there.
    made = { ...made, state: { ...made.state, contextSyncs: inputsOf({ contextSyncs }).contextSyncs } };
    agb.fault("listTools:InvalidImage.NotFound:1");
    expect(await diff({ contextSyncs, idleReleaseTimeout: 600 })).toMatchObject({ replaces: ["idleReleaseTimeout"] });
});

it("refuses a context that the running session still mounts, but that no longer exists", async () => {
    await agb.client.deleteContext(contextId);
    await expect(diff({ idleReleaseTimeout: 600 })).rejects.toThrow(
        `The account has no context ${contextId}. Check contextSyncs[0].contextId.`,
    );
});

it("refuses an image, a context and a path that the new session could not have, all at once", async () => {
    await expect(
        diff({
            imageId: "agb-code-space-9",
            contextSyncs: [
                { contextId, path: "/home/work" },
                { contextId: "SdkCtx-none", path: "/home/none" },
                { contextId, path: "/opt/a" },
            ],
        }),
    ).rejects.toThrow(
        new RegExp(
            `^Session "dev" \\(${made.id}\\) was not replaced and keeps running, because the new session could not be created: ` +
                "AGB said: image agb-code-space-9 not found \\(InvalidImage\\.NotFound, request .+\\)\\. Check imageId\\. " +
                "The account has no context SdkCtx-none\\. Check contextSyncs\\[1\\]\\.contextId\\. " +
                "No session can write to /opt/a\\. Check contextSyncs\\[2\\]\\.path\\.$",
        ),
    );
    expect(await agb.sessions()).toEqual([made.id]);
});

it("accepts another image, another path, a context in another region, and a context by its name", async () => {
    const elsewhere = (await agb.client.ensureContext("elsewhere", "eu")).id;
    await agb.client.ensureContext("named");
    const contextSyncs = [
        { contextId: elsewhere, path: "/home/a" },
        { contextId: "named", path: "/tmp/b" },
    ];
    expect(await diff({ imageId: "agb-code-space-1", contextSyncs })).toMatchObject({
        replaces: ["imageId", "contextSyncs"],
    });
});

it("accepts what is unknown in a preview", async () => {
    expect(await diff({ imageId: unknown, contextSyncs: [{ contextId: unknown, path: unknown }] })).toMatchObject({
        replaces: ["imageId", "contextSyncs"],
    });
    expect(await diff({ contextSyncs: unknown })).toMatchObject({ replaces: ["contextSyncs"] });
});

it("concludes nothing from a refusal that does not concern the image", async () => {
    agb.fault("listTools:403:1");
    expect(await diff({ imageId: "agb-code-space-1" })).toMatchObject({ replaces: ["imageId"] });
});

it("looks at nothing if no session runs that could be lost", async () => {
    await agb.release(made.id);
    expect(await diff({ imageId: "agb-code-space-9" })).toMatchObject({ replaces: ["imageId"] });
    expect(reported).toEqual([]);
});
