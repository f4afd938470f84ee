/** The handlers of `Command` against a local AGB. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AgbClient } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { commandHandlers } from "../../provider/handlers/command/command";
import { unknown } from "../../provider/handlers/contract";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sha256, storedAsset, stringAsset } from "../support/assets";
import { accountOf, originOf, partialFailure, recordingReporter } from "../support/handlers";

type Inputs = Parameters<typeof commandHandlers.create>[0]["inputs"];
type State = Parameters<typeof commandHandlers.delete>[0]["state"];
interface Made {
    id: string;
    state: State;
}

let agb: TestAgb;
let sessionId: string;
let account: Account;
/** Each test has commands and files of its own. */
let name: string;
let tests = 0;
const { reporter, lines: reported } = recordingReporter();

const newSession = async () =>
    (await agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts: [] })).sessionId;
beforeAll(async () => {
    agb = await startTestAgb();
    sessionId = await newSession();
});
afterAll(() => agb.close());
beforeEach(() => {
    name = `test${++tests}`;
    reported.splice(0);
    agb.local.faults.splice(0);
    account = accountOf(agb.client, reporter);
});

function check(news: Record<string, unknown>): Inputs {
    const { inputs, failures } = commandHandlers.check({
        olds: {},
        news: { sessionId, __origin: originOf(name), ...news },
    }) as { inputs: unknown; failures: unknown[] };
    expect(failures).toEqual([]);
    return inputs as Inputs;
}
const failuresOf = (news: Record<string, unknown>) =>
    (commandHandlers.check({ olds: {}, news }) as { failures: { property: string; reason: string }[] }).failures.map(
        ({ property, reason }) => `${property} ${reason}`,
    );
const create = (news: Record<string, unknown>) => commandHandlers.create({ inputs: check(news), account });
const update = ({ id, state }: Made, news: Record<string, unknown>) =>
    commandHandlers.update({ id, state, inputs: check(news), account });
const destroy = ({ id, state }: Made) => commandHandlers.delete({ id, state, account });
const diff = ({ id, state }: Made, news: Record<string, unknown>) =>
    commandHandlers.diff({ id, state, inputs: { ...check({ create: "true" }), ...news }, account });

async function shell(command: string, session = sessionId): Promise<string> {
    const answer = await agb.client.callTool(session, "shell", { command, timeout_ms: 10_000 });
    return (JSON.parse(answer) as { stdout: string }).stdout.trim();
}
/** How often a command has run that appends a line to `/tmp/NAME`. */
const runs = () => shell(`cat /tmp/${name} 2> /dev/null | wc -l`).then(Number);
/** How many processes have a text among their arguments. */
const processes = (text: string) =>
    shell(`cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -o '[${text[0] ?? ""}]${text.slice(1)}' | wc -l`).then(
        Number,
    );

/** Starts a command that then loses its connection. Returns what is in the state. */
async function interrupted(news: Record<string, unknown>): Promise<Made> {
    const failure = partialFailure(create(news));
    await expect.poll(runs).toBe(1);
    agb.fault("mcp:reset:1");
    const { id, state } = await failure;
    agb.local.faults.splice(0);
    return { id, state };
}

describe("check", () => {
    it("fills in every default", () => {
        const { __origin: _origin, ...inputs } = check({ create: "true" });
        expect(inputs).toEqual({
            sessionId,
            create: "true",
            envs: {},
            triggers: [],
            logging: "stdoutAndStderr",
            onFailure: "fail",
        });
    });

    it("reports all problems at once", () => {
        expect(
            failuresOf({ sessionId, create: " ", delete: "a\0b", cwd: "work", envs: { "a-b": "1", C: "\0" } }),
        ).toEqual([
            "create must not be empty",
            "delete must not contain NUL characters",
            "envs.C must not contain NUL characters",
            'envs has the name "a-b", but a name consists of letters, digits and _ and does not start with a digit',
            'cwd "work" must be an absolute path in the session, such as "/home/work"',
        ]);
    });

    it("accepts unknown values", () => {
        expect(failuresOf({ sessionId: unknown, create: unknown, envs: { A: unknown }, triggers: [unknown] })).toEqual(
            [],
        );
    });
});

describe("create", () => {
    it("runs the command with its environment and its folder, and returns what it printed", async () => {
        const value = `it's "$HOME"; \`x\`\n\\ ü`;
        const { id, state } = await create({
            create: 'pwd; echo "$VALUE" >&2; [[ -n $BASH ]] && echo bash',
            cwd: "/tmp",
            envs: { VALUE: value },
        });
        expect(id).toMatch(/^command-[0-9a-f]{16}$/);
        expect(state).toMatchObject({ stdout: "/tmp\nbash", stderr: value, exitCode: 0 });
        expect(Date.parse(state.finishedAt ?? "") - Date.parse(state.startedAt ?? "")).toBeGreaterThanOrEqual(0);
        expect(reported).toEqual(
            expect.arrayContaining([`${name}: /tmp`, `${name}: bash`, `${name}: it's "$HOME"; \`x\``, `${name}: \\ ü`]),
        );
    });

    it("keeps its files to its user, and removes the one with the command before it runs", async () => {
        const { id } = await create({ create: "ls -A $PULUMI_AGB_RUN", envs: { SECRET: "s3cret" } });
        expect(await shell(`stat -c %a /tmp/.pulumi-agb/${id} /tmp/.pulumi-agb/${id}/1`)).toBe("700\n700");
        expect(await shell(`grep -r s3cret /tmp/.pulumi-agb || echo none`)).toBe("none");
        expect(await processes("s3cret")).toBe(0);
    });

    it("passes a command that is longer than a tool accepts at once", async () => {
        const text = "0123456789".repeat(12_000);
        const { state } = await create({ create: `printf %s '${text}' | wc -c` });
        expect(state.stdout).toBe(String(text.length));
    });

    it("shows lines as they come, before the command ends", async () => {
        const created = create({ create: `echo one; until [ -e /tmp/${name} ]; do sleep 0.05; done; printf two` });
        await expect.poll(() => reported).toContain(`${name}: one`);
        expect(reported).not.toContain(`${name}: two`);
        await shell(`touch /tmp/${name}`);
        expect((await created).state.stdout).toBe("one\ntwo");
        expect(reported).toContain(`${name}: two`);
    });

    it("shows only the output that logging selects, also in errors", async () => {
        const failed = await partialFailure(create({ create: "echo out; echo err >&2; exit 3", logging: "none" }));
        expect(failed.message).toContain('failed with exit code 3: its output is not shown with logging: "none".');
        expect(failed.state).toMatchObject({ stdout: "out", stderr: "err", exitCode: 3 });
        expect(reported.filter((line) => /out|err/.test(line))).toEqual([]);
        await create({ create: "echo out; echo err >&2", logging: "stderr", triggers: [2] });
        expect(reported.filter((line) => /out|err/.test(line))).toEqual([`${name}: err`]);
    });

    it("keeps the end of a long output, and shows the beginning", async () => {
        const { state } = await create({ create: "printf ü; yes 0123456789abcde | head -n 200000; printf '\\377end'" });
        const [notice = "", ...rest] = (state.stdout ?? "").split("\n");
        expect(notice).toBe(`[${2 + 16 * 200_000 + 4 - 64 * 1024} bytes of earlier output were left out]`);
        expect(rest.at(-1)).toBe("\ufffdend");
        const shown = reported.filter((line) => line.endsWith("0123456789abcde")).length;
        expect(shown).toBeGreaterThan(1000);
        expect(shown).toBeLessThan(30_000);
        expect(reported).toContain(
            `${name}: further output is not shown. The outputs stdout and stderr keep the end of it.`,
        );
    });

    it("runs in a session that has neither bash nor setsid", async () => {
        const tools = "sh mkdir mv rm cat date wc tail head base64 tr grep sleep nohup";
        await shell(`mkdir /tmp/bin; for t in ${tools}; do ln -s "$(command -v $t)" /tmp/bin/$t; done`);
        const plain = {
            accountMark: agb.client.accountMark,
            timings: agb.client.timings,
            callTool: (session: string, tool: string, args: Record<string, unknown>) =>
                agb.client.callTool(session, tool, {
                    ...args,
                    ...(tool === "shell" && {
                        command: `PATH=/tmp/bin exec sh -c '${String(args.command).replaceAll("'", "'\\''")}'`,
                    }),
                }),
        } as unknown as AgbClient;
        const inputs = check({
            create: "echo ${BASH:-plain}; sleep 100",
            __timeouts: { create: "1s" },
            onFailure: "report",
        });
        const { id, state } = await commandHandlers.create({ inputs, account: accountOf(plain, reporter) });
        expect(state).toMatchObject({ stdout: "plain", stderr: "", exitCode: 124 });
        await commandHandlers.delete({ id, state, account: accountOf(plain, reporter) });
        expect(await processes("sleep 100")).toBe(0);
    });

    it("reports a session that has ended", async () => {
        const session = await newSession();
        await agb.release(session);
        const outcome = create({ sessionId: session, create: "true" });
        await expect(outcome).rejects.not.toHaveProperty("state");
        await expect(outcome).rejects.toThrow("did not finish, because the session has ended");
    });
});

describe("a command that fails", () => {
    it("is an error with its last lines, and runs again in the next deployment", async () => {
        const news = { create: `echo >> /tmp/${name}; echo a >&2; echo b. >&2; test -e /tmp/${name}.ok` };
        const failed = await partialFailure(create(news));
        expect(failed.message).toBe(
            `Command "${name}" (create in session ${sessionId}) failed with exit code 1: a | b. Run \`pulumi up\` again to repeat it, or set onFailure: "report" to let the deployment succeed anyway.`,
        );
        // A refresh clears the mark of the engine, so the state must show it.
        expect(await diff(failed, news)).toMatchObject({ changes: true, replaces: [] });
        const again = await partialFailure(update(failed, news));
        await shell(`touch /tmp/${name}.ok`);
        const { state } = await update({ id: failed.id, state: again.state }, news);
        expect(state.exitCode).toBe(0);
        expect(await runs()).toBe(3);
        expect(await diff({ id: failed.id, state }, news)).toMatchObject({ changes: false, replaces: [] });
    });

    it("is a success with onFailure: report, and does not run again", async () => {
        const news = { create: `echo >> /tmp/${name}; exit 3`, onFailure: "report" };
        const made = await create(news);
        expect(made.state.exitCode).toBe(3);
        expect(await diff(made, check(news))).toMatchObject({ changes: false });
        expect((await create(news)).state.exitCode).toBe(3);
        expect(await runs()).toBe(1);
    });

    it("is ended at the time limit, with all its processes, even those that have left it", async () => {
        const failed = await partialFailure(
            create({ create: "echo begun; setsid sleep 101 & sleep 101", __timeouts: { create: "1s" } }),
        );
        expect(failed.message).toContain("did not finish within 1 s (customTimeouts.create) and was ended: begun.");
        expect(failed.state).toMatchObject({ stdout: "begun", exitCode: 124 });
        expect(await processes("sleep 101")).toBe(0);
    });

    it("is repeated if its processes were killed", async () => {
        const news = { create: `echo >> /tmp/${name}; test -e /tmp/${name}.ok || kill -9 $PPID; sleep 0.1` };
        const failed = await partialFailure(create(news));
        expect(failed.message).toContain("ended without an exit code");
        await shell(`touch /tmp/${name}.ok`);
        expect((await update(failed, news)).state.exitCode).toBe(0);
    });
});

describe("an interrupted deployment", () => {
    it("finds the run again, and does not start a second one", async () => {
        const news = { create: `echo >> /tmp/${name}; until [ -e /tmp/${name}.ok ]; do sleep 0.05; done; echo done` };
        const half = await interrupted(news);
        expect(half.state.exitCode).toBeUndefined();
        expect(await diff(half, news)).toMatchObject({ changes: true, replaces: [] });
        const [resumed, created] = [update(half, news), create(news)];
        await shell(`touch /tmp/${name}.ok`);
        expect((await resumed).state).toMatchObject({ stdout: "done", exitCode: 0 });
        expect((await created).state).toMatchObject({ stdout: "done", exitCode: 0 });
        expect(await runs()).toBe(1);
    });

    it("does not start a run twice if an answer is lost", async () => {
        let calls = 0;
        agb.local.faults.push({
            call: "mcp",
            kind: "reset-after",
            get probability() {
                return calls++ % 2 === 0 ? 1 : 0;
            },
        });
        expect((await create({ create: `echo >> /tmp/${name}` })).state.exitCode).toBe(0);
        agb.local.faults.splice(0);
        expect(await runs()).toBe(1);
        expect(calls).toBeGreaterThan(6);
    });

    it("finds the run of update again, too", async () => {
        const news = (version: string) => ({
            create: "true",
            update: `echo >> /tmp/${name}; until [ -e /tmp/${name}.ok ]; do sleep 0.05; done; echo $V`,
            envs: { V: version },
        });
        const made = await create(news("1"));
        const failure = partialFailure(update(made, news("2")));
        await expect.poll(runs).toBe(1);
        agb.fault("mcp:reset:1");
        const half = await failure;
        agb.local.faults.splice(0);
        await shell(`touch /tmp/${name}.ok`);
        expect((await update(half, news("2"))).state).toMatchObject({ stdout: "2", exitCode: 0 });
        expect(await runs()).toBe(1);
    });

    it("reports a session that ends meanwhile", async () => {
        const session = await newSession();
        const outcome = create({ sessionId: session, create: "echo begun; sleep 105" });
        await expect.poll(() => reported).toContain(`${name}: begun`);
        await Promise.all([
            expect(outcome).rejects.toThrow("did not finish, because the session has ended"),
            expect(outcome).rejects.not.toHaveProperty("state"),
            agb.release(session),
        ]);
    });

    it("finds a run that has succeeded", async () => {
        const news = { create: `echo >> /tmp/${name}; echo done` };
        const { state } = await create(news);
        expect((await create(news)).state).toEqual(state);
        expect(await runs()).toBe(1);
    });

    it("ends the run that it declared if the program then declares another one", async () => {
        await interrupted({ create: `echo >> /tmp/${name}; sleep 102` });
        expect(await processes("sleep 102")).not.toBe(0);
        expect((await create({ create: "echo other" })).state.stdout).toBe("other");
        expect(await processes("sleep 102")).toBe(0);
    });
});

describe("a change", () => {
    it("replaces the resource, deleting first, unless it has the command update", async () => {
        const made = await create({ create: "true", triggers: [stringAsset("a")] });
        const same = { triggers: [storedAsset(sha256("a"))] };
        for (const change of [
            { sessionId: "another" },
            { create: "false" },
            { create: unknown },
            { cwd: "/home" },
            { envs: { A: "1" } },
            { triggers: [stringAsset("b")] },
        ]) {
            expect(await diff(made, { ...same, ...change })).toEqual({
                changes: true,
                replaces: Object.keys(change),
                deleteBeforeReplace: true,
            });
        }
        for (const change of [{ delete: "true" }, { logging: "none" }, { onFailure: "report" }, { update: "true" }]) {
            expect(await diff(made, { ...same, ...change })).toMatchObject({ changes: true, replaces: [] });
        }
        const updating = { ...same, update: "true" };
        expect(await diff(made, { ...updating, create: "false" })).toMatchObject({ changes: true, replaces: [] });
        expect(await diff(made, { ...updating, sessionId: "another" })).toMatchObject({ replaces: ["sessionId"] });
        expect(await diff(made, same)).toMatchObject({ changes: false, replaces: [] });
    });

    it("runs update each time that an input of it changes, even back to an earlier value", async () => {
        const news = (version: string) => ({
            create: `echo >> /tmp/${name}; echo created`,
            update: `echo >> /tmp/${name}; echo updated to $V`,
            envs: { V: version },
        });
        const { id, state } = await create(news("1"));
        let made: Made = { id, state };
        for (const version of ["2", "1", "2"]) {
            made = { id, state: (await update(made, news(version))).state };
            expect(made.state.stdout).toBe(`updated to ${version}`);
        }
        made = { id, state: (await update(made, { ...news("2"), logging: "none" })).state };
        expect(made.state).toMatchObject({ logging: "none", stdout: "updated to 2" });
        expect(await runs()).toBe(4);
    });

    it("runs a changed update, but not one that is new", async () => {
        const { id, state: created } = await create({ create: "echo created" });
        const { state } = await update({ id, state: created }, { create: "echo created", update: "echo 1" });
        expect(state).toMatchObject({ update: "echo 1", stdout: "created" });
        const { state: changed } = await update({ id, state }, { create: "echo created", update: "echo 2" });
        expect(changed.stdout).toBe("2");
    });

    it("repeats update if it failed, and create if that never succeeded", async () => {
        const news = { create: "echo create; exit $C", update: "echo update; exit $U" };
        const failed = await partialFailure(create({ ...news, envs: { C: "1", U: "1" } }));
        const { state } = await update(failed, { ...news, envs: { C: "0", U: "1" } });
        expect(state.stdout).toBe("create");
        const made = { id: failed.id, state };
        const notUpdated = await partialFailure(update(made, { ...news, envs: { C: "1", U: "2" } }));
        expect(notUpdated.message).toContain("(update in session");
        const again = await partialFailure(update(notUpdated, { ...news, envs: { C: "1", U: "2" } }));
        expect(again.state).toMatchObject({ stdout: "update", exitCode: 2 });
        expect((await update(again, { ...news, envs: { C: "1", U: "0" } })).state).toMatchObject({ exitCode: 0 });
    });
});

describe("delete", () => {
    it("runs the command delete once, ends what was left running, and removes the files of the runs", async () => {
        const made = await create({
            create: "sleep 103 > /dev/null 2>&1 & echo started",
            delete: `echo "$V" >> /tmp/${name}`,
            envs: { V: "x" },
        });
        expect(await processes("sleep 103")).not.toBe(0);
        await destroy(made);
        expect(await shell(`cat /tmp/${name}`)).toBe("x");
        expect(await processes("sleep 103")).toBe(0);
        expect(await shell(`ls /tmp/.pulumi-agb | grep -c ${made.id} || true`)).toBe("0");
    });

    it("fails with the command, and repeats it", async () => {
        const made = await create({ create: "true", delete: `echo >> /tmp/${name}; test -e /tmp/${name}.ok` });
        await expect(destroy(made)).rejects.toThrow("(delete in session");
        await shell(`touch /tmp/${name}.ok`);
        await destroy(made);
        expect(await runs()).toBe(2);
    });

    it("warns if the command fails with onFailure: report", async () => {
        await destroy(await create({ create: "true", delete: "exit 4", onFailure: "report" }));
        expect(reported.filter((line) => line.includes("failed with exit code 4"))).toHaveLength(1);
    });

    it("ends a run that is not over", async () => {
        const left = `cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep [1]04' > /tmp/${name}.left || true`;
        const half = await interrupted({ create: `echo >> /tmp/${name}; sleep 104`, delete: left });
        await destroy(half);
        expect(await shell(`cat /tmp/${name}.left`)).toBe("0");
        expect(await processes("sleep 104")).toBe(0);
        expect(reported.filter((line) => line.includes("exit code"))).toEqual([]);
    });

    it("succeeds if the session has ended, and a refresh shows it", async () => {
        const session = await newSession();
        const { id, state } = await create({ sessionId: session, create: "true", delete: "false" });
        expect(await commandHandlers.read({ id, state, account })).toMatchObject({ state: { exitCode: 0 } });
        await agb.release(session);
        expect(await commandHandlers.read({ id, state, account })).toBeUndefined();
        await destroy({ id, state });
    });
});
