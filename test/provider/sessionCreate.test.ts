/** A session whose creation fails, is not confirmed, or is followed by a failure. */
import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbApiError, AgbClient, AgbConnectionError } from "../../provider/agb";
import { attemptsFolder } from "../../provider/handlers/session/attempts";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { SHORT_TIMINGS } from "../support/agb";
import { accountOf, partialFailure, recordingReporter } from "../support/handlers";
import { startDeployment, type Deployment } from "../support/sessionHandlers";
import { tempFolder } from "../support/tempFolder";

const LOST_SESSION_MS = 200;
const { reporter, lines } = recordingReporter();

let d: Deployment;
/** Through it, the deployment reaches AGB. */
let client: AgbClient;
beforeEach(async () => {
    process.env.XDG_DATA_HOME = tempFolder("create");
    lines.splice(0);
    d = await startDeployment();
    const { endpoint, apiKey } = d.agb.local;
    client = new AgbClient(
        { endpoint, apiKey, timeoutMs: 10_000 },
        { ...SHORT_TIMINGS, lostSessionMs: LOST_SESSION_MS },
    );
});
afterEach(async () => {
    await client.close();
    await d.close();
});

const create = (news: Record<string, unknown> = {}) =>
    sessionHandlers.create({ inputs: d.inputs(news), account: accountOf(client, reporter) });
const apiError = (message: string, status: number, mayHaveTakenEffect?: boolean) =>
    new AgbApiError("createSession", "", message, status, "", mayHaveTakenEffect);
const lost = () => new AgbConnectionError("createSession", "The connection was lost.", true);

/** Answers `createSession` with an error, without or after its effect. */
function failCreation(error: Error, effect: "none" | "effect" = "none"): void {
    const createSession = client.createSession.bind(client);
    client.createSession = async (request) => {
        if (effect === "effect") await createSession(request);
        throw error;
    };
}

/** Lets the first listings after the call of `createSession` be empty. Returns the number of these listings. */
function listLate(emptyListings: number): () => number {
    const createSession = client.createSession.bind(client);
    const listSessions = client.listSessions.bind(client);
    let listings = 0;
    client.createSession = (request) => {
        client.listSessions = async function* (labels) {
            listings++;
            if (listings > emptyListings) yield* listSessions(labels);
        };
        return createSession(request);
    };
    return () => listings;
}

/** Leaves out of the answer to `createSession` how to reach the session. */
function answerWithoutUrl(): void {
    const createSession = client.createSession.bind(client);
    client.createSession = async (request) => ({ ...(await createSession(request)), resourceUrl: undefined });
}

it("says that it is creating the session, by its name if it has one", async () => {
    await create({ contextSyncs: [] });
    expect(lines).toContain("dev: creating");
    await create({ contextSyncs: [], __origin: undefined });
    expect(lines).toContain("session: creating");
});

it("records no attempt of a session that has no name, because no later run can recognize it", async () => {
    await create({ __origin: undefined });
    expect(existsSync(attemptsFolder())).toBe(false);
});

it("keeps the session in the state if a call fails after its creation", async () => {
    answerWithoutUrl();
    d.agb.fault("getSession:InternalError:1:1");
    const { id, message, state } = await partialFailure(create({ labels: { team: "a" } }));
    expect(message).toMatch(`Session "dev" (${id}) was created, but then: AGB said: `);
    expect(await d.agb.sessions()).toEqual([id]);
    expect(state.allLabels).toEqual(await d.agb.client.getLabels(id));
    expect(state.syncStatus).toBe("Pending");
});

it("looks up how to reach the session if the answer to its creation does not say", async () => {
    answerWithoutUrl();
    const { id, state } = await create();
    expect(state).toMatchObject({ status: "RUNNING", resourceUrl: (await client.getSession(id)).resourceUrl });
});

describe("a creation that AGB does not confirm", () => {
    it("is found if AGB lists the session a moment later", async () => {
        failCreation(lost(), "effect");
        listLate(2);
        const { id } = await create();
        expect(await d.agb.sessions()).toEqual([id]);
        const looking = lines.filter((line) => line.includes("looking for"));
        expect(new Set(looking)).toEqual(new Set(["dev: looking for the session that AGB did not confirm, 0 s"]));
    });

    it("is found even if the time for the creation is over", async () => {
        failCreation(lost(), "effect");
        listLate(1);
        const { id } = await create({ __timeouts: { create: "1ms" }, waitForSync: false });
        expect(await d.agb.sessions()).toEqual([id]);
    });

    it("is found if the session has no name", async () => {
        failCreation(lost(), "effect");
        listLate(1);
        const { id } = await create({ __origin: undefined });
        expect(await d.agb.sessions()).toEqual([id]);
        expect(lines).toContain("session: looking for the session that AGB did not confirm, 0 s");
    });

    it("never takes another session of the account for its own", async () => {
        const { id } = await d.create({ __origin: undefined });
        failCreation(lost());
        await expect(create()).rejects.toThrow("No session from this attempt was found.");
        expect(await d.agb.sessions()).toEqual([id]);
    });

    it("is not looked for any longer once AGB rejects the key", async () => {
        let looks = 0;
        client.createSession = () => {
            client.listSessions = () => {
                looks++;
                throw new AgbApiError("listSessions", "InvalidApiKey", "the key was revoked", 401, "");
            };
            return Promise.reject(lost());
        };
        await expect(create({ __timeouts: { create: "1s" } })).rejects.toThrow(
            /The connection was lost\. Whether it created a session is not known, because the sessions could not be listed: AGB does not accept the API key: the key was revoked/,
        );
        expect(looks).toBe(1);
    });

    it("is looked for only briefly if AGB has answered, because it then lists the session at once", async () => {
        failCreation(apiError("the pool is busy", 200, true));
        const looks = listLate(0);
        await expect(create()).rejects.toThrow(/the pool is busy \(HTTP 200\)\.$/);
        expect(looks()).toBeLessThanOrEqual(2);
    });

    it.each([300, 500])("may exist although no session is listed, if AGB failed with HTTP %i", async (status) => {
        failCreation(apiError("the pool is busy", status, true));
        await expect(create()).rejects.toThrow("No session from this attempt was found. If there is one, the next");
    });
});

describe("the input to check", () => {
    const second = () => [
        { contextId: d.contextId, path: "/home/a" },
        { contextId: "SdkCtx-other", path: "/home/b" },
    ];
    it.each([
        ["the image is unknown", "Check imageId."],
        ["too many contexts", "Check contextSyncs."],
        ["the policy is unknown", ""],
        ["SdkCtx-other does not exist", "Check contextSyncs[1].contextId."],
        ["/home/b is reserved", "Check contextSyncs[1].path."],
        ["no access to /home/b/c", "Check contextSyncs[1].path."],
        ["/home/bc is reserved, like /x/home/b", ""],
        ["SdkCtx-other has no room in agb-code-space-2", "Check imageId and contextSyncs[1].contextId."],
    ])("follows from what AGB says: %s", async (said, hint) => {
        failCreation(apiError(said, 400));
        await expect(create({ contextSyncs: second() })).rejects.toThrow(
            new Error(
                `Session "dev" could not be created from image "agb-code-space-2": AGB said: ${said} (HTTP 400).${hint && ` ${hint}`}`,
            ),
        );
    });

    it.each([
        ["the policy applies to all", ""],
        ["pa is unknown", ""],
        ["al-1, x/al, al/x, al_1 and al.x are unknown", ""],
        ["the context 'al' is unknown", "Check contextSyncs[0].contextId."],
        ["unknown: al.", "Check contextSyncs[0].contextId."],
        ["(a+) is unknown", "Check contextSyncs[1].contextId."],
        ["aaa is unknown", ""],
    ])("is the whole name of a context, not a part of a word: %s", async (said, hint) => {
        failCreation(apiError(said, 400));
        const contextSyncs = [
            { contextId: "al", path: "/home/one" },
            { contextId: "(a+)", path: "/home/two" },
        ];
        const sentence = `${said.replace(/\.$/, "")} (HTTP 400).`;
        await expect(create({ contextSyncs })).rejects.toThrow(
            new Error(
                `Session "dev" could not be created from image "agb-code-space-2": AGB said: ${sentence}${hint && ` ${hint}`}`,
            ),
        );
    });

    it("is none if AGB rejects the key, or cannot be reached", async () => {
        failCreation(apiError("the key has no access to the image", 401));
        await expect(create()).rejects.toThrow(/Check agb:apiKey.+`pulumi up`\.$/);
        failCreation(new AgbConnectionError("createSession", "AGB cannot be reached.", false));
        // "fine" is in "undefined", and so in a code that is not there.
        await expect(create({ contextSyncs: [{ contextId: "fine", path: "/home/a" }] })).rejects.toThrow(
            /AGB cannot be reached\.$/,
        );
    });
});
