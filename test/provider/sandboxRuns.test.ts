/** The runs of commands in a session, when the tool `shell` answers with something else than the end of a script. */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { AgbApiError, type AgbClient } from "../../provider/agb";
import { calls as agbCalls } from "../../provider/agb/calls";
import { runCommand } from "../../provider/handlers/command/run";
import { SandboxRuns, SessionEndedError } from "../../provider/handlers/command/sandbox";
import { commandInputsSchema, runText } from "../../provider/handlers/command/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf } from "../support/handlers";

let agb: TestAgb;
let sessionId: string;
let calls: string[];
beforeAll(async () => {
    agb = await startTestAgb();
    sessionId = (await agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts: [] })).sessionId;
});
afterAll(() => agb.close());
beforeEach(() => void (calls = []));

/** A client whose first answers are these, an error or a text. Then the session answers. */
function clientAfter(...answers: (Error | string)[]): AgbClient {
    return new Proxy(agb.client, {
        get(target, property) {
            if (property !== "callTool") {
                const value: unknown = Reflect.get(target, property, target);
                return typeof value === "function" ? (value.bind(target) as unknown) : value;
            }
            return (session: string, tool: string, args: Record<string, unknown>) => {
                calls.push(tool);
                const answer = answers.shift();
                if (answer instanceof Error) return Promise.reject(answer);
                return answer === undefined ? target.callTool(session, tool, args) : Promise.resolve(answer);
            };
        },
    });
}
const runsAfter = (...answers: (Error | string)[]) => new SandboxRuns(clientAfter(...answers), sessionId);
const toolError = (text: string) => new AgbApiError("tool shell", "", text, 200, "");
const printed = (stdout: string) => JSON.stringify({ stdout, stderr: "", exit_code: 0 });

it.each([
    ["is no JSON", "Traceback"],
    ["has no output", "{}"],
    ["is cut", printed("@state running\n@complet")],
    ["is about something else", printed("welcome @complete\n")],
    ["is the result of a script that was ended", toolError(JSON.stringify({ stdout: "", exit_code: -1 }))],
    ["is an error of the service", new AgbApiError(agbCalls.callTool.name, "ServiceBusy", "try later", 200, "")],
])("asks again if the answer %s", async (_, answer) => {
    expect(await runsAfter(answer, answer).latest("command-0")).toMatchObject({ state: "none", number: 0 });
    expect(calls).toEqual(["shell", "shell", "shell"]);
});

it("reads the lines that a script prints, whatever a login prints around them", async () => {
    const answer = printed(
        "hello\n@state ended\n@exit 7\n@started 1700000000\n see @number 9\n@number 3\n@complete\nbye",
    );
    expect(await runsAfter(answer).latest("command-0")).toEqual({
        number: 3,
        state: "ended",
        exitCode: 7,
        startedAt: "2023-11-14T22:13:20.000Z",
    });
});

it("gives up if no answer can be read for a while", async () => {
    await expect(runsAfter(...Array<string>(100).fill("nonsense")).latest("command-0")).rejects.toMatchObject({
        message: "AGB's answer to the tool shell cannot be read.",
        mayHaveTakenEffect: true,
        isUnreadable: true,
    });
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.length).toBeLessThan(50);
});

it.each([
    ["what a tool says", toolError("bash: not permitted")],
    ["an unknown error", new TypeError("x is not a function")],
    ["a rejected key", new AgbApiError(agbCalls.callTool.name, "InvalidApiKey", "no such key", 401, "")],
])("does not ask again after %s", async (_, error) => {
    await expect(runsAfter(error).latest("command-0")).rejects.toBe(error);
    expect(calls).toEqual(["shell"]);
});

it("says that the session is the reason if it has ended", async () => {
    const { sessionId: ended } = await agb.client.createSession({
        imageId: "agb-code-space-2",
        labels: {},
        mounts: [],
    });
    await agb.release(ended);
    await expect(runsAfter(toolError("not found")).latest("command-0")).rejects.toThrow("not found");
    await expect(new SandboxRuns(agb.client, ended).latest("command-0")).rejects.toThrow(SessionEndedError);
});

it.each([
    ["end", "its processes do not end", (runs: SandboxRuns) => runs.end({ id: "command-0", number: 1 })],
    [
        "discard",
        "its processes do not end, or its files cannot be removed",
        (runs: SandboxRuns) => runs.discard("command-0"),
    ],
])("%s fails if processes are left", async (_, message, operation) => {
    await expect(operation(runsAfter(printed("@state running\n@complete")))).rejects.toThrow(message);
});

it("waits for a run that is about to begin, and counts it as lost if it has not begun after 10 seconds", async () => {
    const inputs = commandInputsSchema.parse({ sessionId, create: "true" });
    const starting = printed(`@number 1\n@state starting\n@digest ${runText("create", inputs).digest}\n@complete`);
    const job = { id: "command-0", operation: "create" as const, after: 0, until: Date.now() + 100_000 };
    const ended = printed("@number 1\n@state ended\n@exit 0\n@complete");
    expect(await runCommand(job, inputs, accountOf(clientAfter(starting, starting, ended)))).toMatchObject({
        exitCode: 0,
        __run: { number: 1 },
    });
    expect(calls).toEqual(["shell", "shell", "shell"]);
    const client = clientAfter(...Array<string>(8).fill(starting), ended);
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now + (calls.length - 3) * 2000);
    const result = await runCommand(job, inputs, accountOf(client)).finally(() => clock.mockRestore());
    expect(result).toMatchObject({ exitCode: undefined, isTimedOut: false });
    expect(calls).toHaveLength(3 + 6);
});
