/** Random stories: what a stack declares from step to step, what happens in its sandboxes, and what is killed when. */
import fc from "fast-check";

/** Each session has a folder of its own in each context, so no two of them write the same file. */
export interface Declared {
    /** The names of the sessions, each with the number of its image and the contexts that it mounts. */
    sessions: Record<string, { image: number; contexts: string[]; label: number }>;
    /** The version of each managed file. */
    files: Record<string, number>;
    /** The versions of the files in the managed folder; absent without a folder. */
    folder?: Record<string, number>;
    /** The trigger of an upload of each session, by its name. */
    syncs: Record<string, number>;
    /** The version of the command in each session, by the name of the session. */
    commands: Record<string, number>;
}

export const VICTIMS = ["engine", "provider", "program", "emulator"] as const;
export type Victim = (typeof VICTIMS)[number];

/** What is killed: at a request of the deployment, and so many milliseconds later. */
export interface Kill {
    victim: Victim;
    request: number;
    delayMs: number;
}

export interface Step {
    declared: Declared;
    operation: "up" | "refresh";
    kill: Kill;
    /** Files that are written in the sandboxes after the step. */
    writes: { session: string; context: string; file: number }[];
    /** A session that AGB releases after the step. */
    released?: string;
}

export const CONTEXTS = ["one", "two"];
const SESSIONS = ["a", "b"];
const FILES = ["x", "y"];

const version = fc.nat(3);
const contexts = fc.subarray(CONTEXTS, { minLength: 1 });
const session = fc.record({ image: fc.nat(1), contexts, label: fc.nat(1) });
const some = <T>(keys: string[], value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
    fc
        .tuple(fc.subarray(keys), fc.tuple(...keys.map(() => value)))
        .map(([chosen, values]) => Object.fromEntries(chosen.map((key, i) => [key, values[i] as T])));
const declared = fc
    .record(
        {
            sessions: some(SESSIONS, session),
            files: some(FILES, version),
            folder: some(FILES, version),
            syncs: some(SESSIONS, version),
            commands: some(SESSIONS, version),
        },
        { requiredKeys: ["sessions", "files", "syncs", "commands"] },
    )
    .map(({ syncs, commands, ...rest }) => {
        const inSessions = (versions: Record<string, number>) =>
            Object.fromEntries(Object.entries(versions).filter(([name]) => name in rest.sessions));
        return { ...rest, syncs: inSessions(syncs), commands: inSessions(commands) };
    });
const kill = fc.record({
    victim: fc.constantFrom(...VICTIMS),
    // Most deployments make few requests, and one that ends before its kill is due shows nothing.
    request: fc.oneof({ weight: 3, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(40) }),
    delayMs: fc.oneof(fc.constant(0), fc.nat(40)),
});
const step: fc.Arbitrary<Step> = fc.record(
    {
        declared,
        operation: fc.oneof(
            { weight: 8, arbitrary: fc.constant("up" as const) },
            { weight: 1, arbitrary: fc.constant("refresh" as const) },
        ),
        kill,
        writes: fc.array(
            fc.record({
                session: fc.constantFrom(...SESSIONS),
                context: fc.constantFrom(...CONTEXTS),
                file: fc.nat(2),
            }),
            { minLength: 1, maxLength: 3 },
        ),
        released: fc.constantFrom(...SESSIONS),
    },
    { requiredKeys: ["declared", "operation", "writes", "kill"] },
);

export interface Story {
    steps: Step[];
    /** What is killed during the final destroy. */
    last: Kill;
}

/** Stories with this many kills. */
export const stories = (kills: number): fc.Arbitrary<Story> =>
    fc.record({ steps: fc.array(step, { minLength: kills - 1, maxLength: kills - 1 }), last: kill });

/** Where a session mounts a context. */
export const mountOf = (session: string, context: string): string =>
    `/${context === "one" ? "home" : "tmp"}/${session}`;
export const FILES_FOLDER = "/home/managed";
export const DATA_FOLDER = "/home/data";
/** The file of a session to which its command appends a line each time that it ends. */
export const runsFile = (session: string): string => `/tmp/runs-of-${session}`;

export const PROGRAM = `
const { sessions, files, folder, syncs, commands } = require("./declared.json");
const contexts = Object.fromEntries(${JSON.stringify(CONTEXTS)}.map((name, i) => [
    name,
    new agb.Context(name, i === 0 ? { name: "context-" + name } : {}, { retainOnDelete: true }),
]));
const contextId = contexts.one.id;
for (const [name, version] of Object.entries(files)) {
    new agb.ContextFile(name, { contextId, path: "${FILES_FOLDER}/" + name, content: name + version });
}
if (folder) new agb.ContextFolder("folder", { contextId: contexts.two.id, path: "${DATA_FOLDER}", source: "data" });
exports.sessions = {};
for (const [name, { image, contexts: mounted, label }] of Object.entries(sessions)) {
    const session = new agb.Session(name, {
        imageId: ["agb-code-space-1", "agb-code-space-2"][image],
        labels: { label: String(label) },
        contextSyncs: mounted.map((context) => ({ contextId: contexts[context].id, path: (context === "one" ? "/home/" : "/tmp/") + name })),
    });
    if (name in syncs) new agb.Sync(name, { sessionId: session.id, triggers: [syncs[name]] });
    if (name in commands) {
        new agb.Command(name, { sessionId: session, create: "sleep 0.2; echo " + commands[name] + " >> ${runsFile("")}" + name });
    }
    exports.sessions[name] = session.id;
}
exports.contexts = Object.fromEntries(Object.entries(contexts).map(([name, { id }]) => [name, id]));
`;
