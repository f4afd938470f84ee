/** Running sessions that a deployment leaves out, as with `--target`: it warns about those that write to the same folders. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { recordAttempt } from "../../provider/handlers/session/attempts";
import { allLabels } from "../../provider/handlers/session/labels";
import { toWireMount } from "../../provider/handlers/session/mounts";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { sessionInputsSchema, type SessionInputs } from "../../provider/handlers/session/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

let agb: TestAgb;
let contextId: string;
let lines: string[];
let warned: string[];
let account: ReturnType<typeof accountOf>;
let names = 0;
/** The process remembers what it has declared, so each test uses names of its own. */
let name: string;
beforeEach(async () => {
    process.env.XDG_DATA_HOME = tempFolder("attempts");
    agb = await startTestAgb({ syncTimeMs: 20 });
    contextId = (await agb.client.ensureContext("work")).id;
    name = `dev${names++}`;
    const recording = recordingReporter();
    lines = recording.lines;
    warned = [];
    account = accountOf(agb.client, {
        ...recording.reporter,
        warn(line) {
            warned.push(line);
            recording.reporter.warn(line);
        },
    });
});
afterEach(() => agb.close());

const inputsOf = (of: string, path: string, policy: object = {}): SessionInputs =>
    sessionInputsSchema.parse({
        imageId: "agb-code-space-2",
        contextSyncs: [{ contextId, path, policy }],
        __origin: originOf(of),
    });

/** A session of the stack that this deployment does not declare. Only its own machine has it in its journal. */
async function undeclared(inputs: SessionInputs, machine: "this" | "another"): Promise<string> {
    const attempt = `attempt-${names++}`;
    if (machine === "this") await recordAttempt(attempt, inputs);
    const { sessionId } = await agb.client.createSession({
        imageId: inputs.imageId,
        labels: allLabels({}, {}, inputs.__origin, attempt),
        mounts: inputs.contextSyncs.map(toWireMount),
    });
    return sessionId;
}

function declared(path: string, news: object = {}): SessionInputs {
    const { inputs } = sessionHandlers.check({ olds: {}, news: { ...inputsOf(name, path), ...news } });
    return inputs as unknown as SessionInputs;
}
function only<T>([item]: T[]): T {
    if (item === undefined) throw new Error("the list is empty");
    return item;
}
const warnings = () => lines.filter((line) => line.includes("upload"));

it("a creation warns about another session on the same folder", async () => {
    await undeclared(inputsOf(`${name}-other`, "/home/work/in"), "this");
    await sessionHandlers.create({ inputs: declared("/home/work"), account });
    expect(warnings()).toEqual([
        `Session "${name}" uploads /home/work and Session "${name}-other" uploads /home/work/in to context ${contextId}: the last upload of each file wins and removes what only the other session has. Set policy.deletePolicy: { syncLocalFile: false } to keep it.`,
    ]);
});

it("a planned replacement warns before it begins", async () => {
    const { id, state } = await sessionHandlers.create({ inputs: declared("/home/work"), account });
    await undeclared(inputsOf(`${name}-other`, "/home/moved"), "this");
    const diff = await sessionHandlers.diff({
        id,
        state,
        inputs: declared("/home/moved"),
        account: accountOf(agb.client, account.reporter),
    });
    expect(diff.replaces).toEqual(["contextSyncs"]);
    expect(warnings()).toEqual([
        expect.stringContaining(`Session "${name}" and Session "${name}-other" both upload /home/moved`),
        expect.stringContaining(`Session "${name}" (${id}) is running and is replaced`),
    ]);
});

it("a session from another machine is named with its id, because its policies are not known", async () => {
    const id = await undeclared(inputsOf(`${name}-other`, "/home/work"), "another");
    await sessionHandlers.create({ inputs: declared("/home/work"), account });
    expect(warnings()).toEqual([
        `Session "${name}" uploads to context ${contextId}, which the running session "${name}-other" (${id}) mounts at /home/work. This deployment does not include that session. If it uploads too, the last upload of each file wins and may remove what only the other session has.`,
    ]);
});

it("sessions that only read, mount something else or are declared cause no warning", async () => {
    await undeclared(inputsOf(`${name}-reader`, "/home/work", { uploadPolicy: { autoUpload: false } }), "this");
    await undeclared(inputsOf(`${name}-next`, "/home/work2"), "this");
    await undeclared(inputsOf(`${name}-elsewhere`, "/home/work2"), "another");
    await sessionHandlers.create({ inputs: declared("/home/work"), account });
    expect(warnings()).toEqual([]);
});

it("one that is not replaced causes no warning, one that has ended does", async () => {
    const { id, state } = await sessionHandlers.create({ inputs: declared("/home/work"), account });
    await undeclared(inputsOf(`${name}-other`, "/home/work"), "this");
    await undeclared(inputsOf(`${name}-unknown`, "/home/work"), "another");
    const inputs = declared("/home/work");
    const diff = () => sessionHandlers.diff({ id, state, inputs, account: accountOf(agb.client, account.reporter) });
    expect(await diff()).toMatchObject({ changes: false });
    expect(warned).toEqual([]);
    await agb.release(id);
    expect(await diff()).toMatchObject({ replaces: ["status"] });
    expect(warned).toEqual([
        expect.stringContaining(`Session "${name}" and Session "${name}-other" both upload /home/work`),
    ]);
});

it("only what it uploads itself concerns a session", async () => {
    const lib = (await agb.client.ensureContext("lib")).id;
    const third = (await agb.client.ensureContext("third")).id;
    const at = (id: string, path: string, autoUpload = true) => ({
        ...inputsOf(`${name}-${names++}`, path),
        contextSyncs: [{ ...only(inputsOf(name, path, { uploadPolicy: { autoUpload } }).contextSyncs), contextId: id }],
    });
    const contextSyncs = [at(contextId, "/home/work"), at(third, "/home/third"), at(lib, "/home/lib", false)].flatMap(
        (inputs) => inputs.contextSyncs,
    );
    await undeclared(at(lib, "/home/lib"), "another");
    await undeclared(at(lib, "/home/work"), "another");
    await sessionHandlers.create({ inputs: declared("/home/work", { contextSyncs }), account });
    expect(warned).toEqual([]);
    const inner = await undeclared(at(contextId, "/home/work/in"), "another");
    const next = accountOf(agb.client, account.reporter);
    await sessionHandlers.create({ inputs: declared("/home/work", { contextSyncs }), account: next });
    expect(warned).toEqual([expect.stringContaining(`(${inner}) mounts at /home/work/in.`)]);
});

it("another session of the same resource is only reported as its predecessor", async () => {
    await undeclared(inputsOf(name, "/home/work"), "another");
    await sessionHandlers.create({ inputs: declared("/home/work"), account });
    expect(warned).toEqual([expect.stringContaining("for the same project, stack and name")]);
});

it("one listing of the stack's sessions serves all of them", async () => {
    const listings: unknown[] = [];
    const listSessions = agb.client.listSessions.bind(agb.client);
    agb.client.listSessions = (labels) => {
        if (!labels?.["pulumi-create"] && !labels?.["pulumi-name"]) listings.push(labels);
        return listSessions(labels);
    };
    const readOnly = {
        contextSyncs: inputsOf(name, "/home/work", { uploadPolicy: { autoUpload: false } }).contextSyncs,
    };
    await sessionHandlers.create({ inputs: declared("/home/work", readOnly), account });
    for (const path of ["/home/a", "/home/b"]) await sessionHandlers.create({ inputs: declared(path), account });
    expect(listings).toEqual([{ "pulumi-project": "p", "pulumi-stack": "s" }]);
});

it("a look that fails does not fail the creation", async () => {
    await undeclared(inputsOf(`${name}-other`, "/home/work"), "this");
    agb.client.getLabels = () => Promise.reject(new Error("refused"));
    const { state } = await sessionHandlers.create({ inputs: declared("/home/work"), account });
    expect(state.syncStatus).toBe("Success");
});
