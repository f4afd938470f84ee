/** Assumptions about the tools with which commands run in a session. */
import { expect } from "vitest";
import type { Assumption } from "./assumption";
import type { World } from "./world";

/** As long as the scripts of `Command` may take. */
const TIMEOUT_MS = 20_000;
/** What these scripts use. */
const UTILITIES = "base64 cat date grep head kill mkdir mv nohup rm sleep tail tr wc";

interface Answer {
    stdout: string;
    stderr: string;
    exit_code: number;
}

/** One session for all checks. */
const sessions = new WeakMap<World, Promise<string>>();
function sessionOf(world: World): Promise<string> {
    let session = sessions.get(world);
    if (session === undefined) sessions.set(world, (session = world.session()));
    return session;
}

async function shell(world: World, command: string): Promise<Answer> {
    const { text, isError } = await world.agb.tool(await sessionOf(world), "shell", {
        command,
        timeout_ms: TIMEOUT_MS,
    });
    expect(isError, text).toBe(false);
    return JSON.parse(text) as Answer;
}
const printed = async (world: World, command: string): Promise<string> => (await shell(world, command)).stdout.trim();

export const commandAssumptions: Assumption[] = [
    {
        id: "command-answer",
        sentence: "the tool shell answers with both outputs, apart from each other, and the exit code 0",
        async check(world) {
            expect(await shell(world, "echo out\necho err >&2")).toMatchObject({
                stdout: "out\n",
                stderr: "err\n",
                exit_code: 0,
            });
        },
    },
    {
        id: "command-utilities",
        sentence: `a session has a POSIX shell and ${UTILITIES.replaceAll(" ", ", ")}`,
        async check(world) {
            const missing = `for name in ${UTILITIES}; do command -v "$name" > /dev/null || echo "$name"; done`;
            expect(await printed(world, missing)).toBe("");
            expect(await printed(world, 'line="5 6"; read -r a b < /proc/self/stat; echo "${line##* }${b:+ ok}"')).toBe(
                "6 ok",
            );
        },
    },
    {
        id: "command-answer-long",
        sentence: "an answer with 180 KB of output is complete",
        async check(world) {
            expect((await printed(world, "head -c 180000 /dev/zero | tr '\\0' x")).length).toBe(180_000);
        },
    },
    {
        id: "command-timeout",
        sentence: "a call may take longer than the second that it has without timeout_ms",
        async check(world) {
            expect(await printed(world, "sleep 1.2; echo ended")).toBe("ended");
        },
    },
    {
        id: "command-parallel",
        sentence: "calls in one session run side by side",
        async check(world) {
            const waiting = printed(world, "until [ -e /tmp/side-by-side ]; do sleep 0.1; done; echo seen");
            await shell(world, "touch /tmp/side-by-side");
            expect(await waiting).toBe("seen");
        },
    },
    {
        id: "command-files",
        sentence: "the files in /tmp and /home are those of earlier calls and of the file tools",
        async check(world) {
            const sessionId = await sessionOf(world);
            for (const folder of ["/tmp", "/home"]) {
                await shell(world, `echo shell > ${folder}/from-shell`);
                await world.agb.write(sessionId, `${folder}/from-tool`, "tool");
                expect(await printed(world, `cat ${folder}/from-shell ${folder}/from-tool`)).toBe("shell\ntool");
                expect(await world.agb.read(sessionId, `${folder}/from-shell`)).toBe("shell\n");
            }
        },
    },
    {
        id: "command-user",
        sentence: "commands and the file tools run as the same user: one writes into a private folder of the other",
        async check(world) {
            await shell(world, "umask 077; mkdir -p /tmp/private/folder");
            await world.agb.write(await sessionOf(world), "/tmp/private/folder/file", "private");
            const command = "cat /tmp/private/folder/file; rm -r /tmp/private; [ -e /tmp/private ] || echo , removed";
            expect(await printed(world, command)).toBe("private, removed");
        },
    },
    {
        id: "command-file-size",
        sentence: "write_file accepts 48 KB in one call",
        async check(world) {
            await world.agb.write(await sessionOf(world), "/tmp/48k", "x".repeat(48 * 1024));
            expect(Number(await printed(world, "wc -c < /tmp/48k"))).toBe(48 * 1024);
        },
    },
    {
        id: "command-background",
        sentence: "a process that a command leaves in the background outlives the call, which does not wait for it",
        async check(world) {
            const pid = await printed(world, "nohup sleep 600 < /dev/null > /dev/null 2>&1 & echo $!");
            expect(await printed(world, `kill -0 ${pid} && echo runs`)).toBe("runs");
            await shell(world, `kill ${pid}`);
        },
    },
    {
        id: "command-processes",
        sentence:
            "later calls find such a process by a variable of its environment, which no other call has, and end it",
        async check(world) {
            const find = "grep -ls CONTRACT_RUN=1 /proc/[0-9]*/environ | tr -dc '0-9\\n'";
            await shell(
                world,
                "CONTRACT_RUN=1 nohup sh -c 'sleep 600 & wait' < /dev/null > /dev/null 2>&1 &\nuntil [ -d /proc/$! ]; do sleep 0.1; done",
            );
            const found = await world.until("both processes run", async () => {
                const pids = (await printed(world, `${find}; true`)).split("\n");
                return pids.length === 2 ? pids : undefined;
            });
            expect(await printed(world, 'echo "[$CONTRACT_RUN]"')).toBe("[]");
            await shell(world, `kill -KILL ${found.join(" ")}`);
            await world.until("the processes are gone", async () =>
                (await printed(world, `${find}; true`)) === "" ? true : undefined,
            );
        },
    },
    {
        id: "command-group",
        sentence: "a process that was started with setsid leads a group, which later calls can end as a whole",
        async check(world) {
            if ((await printed(world, "command -v setsid; true")) === "") return;
            const start = "nohup setsid sh -c 'echo $$ > /tmp/leader; sleep 601 & wait' < /dev/null > /dev/null 2>&1 &";
            await shell(world, start);
            const leader = await world.until("it has begun", async () => {
                return (await printed(world, "cat /tmp/leader 2> /dev/null; true")) || undefined;
            });
            await shell(world, `kill -TERM -- -${leader}`);
            await world.until("the group is gone", async () =>
                (await printed(world, `kill -0 -- -${leader} 2> /dev/null && echo runs; true`)) === ""
                    ? true
                    : undefined,
            );
        },
    },
    {
        id: "command-clock",
        sentence: "the clock of a session is right to the minute",
        async check(world) {
            const seconds = Number(await printed(world, "date +%s"));
            expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
        },
    },
];
