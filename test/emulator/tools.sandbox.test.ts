/** What sandboxed commands can and cannot do. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Workspace } from "../../emulator/paths";
import { SANDBOXES, works } from "../../emulator/tools/sandbox/findSandbox";
import type { CommandResult } from "../../emulator/tools/sandbox/command";
import { RunningSandbox } from "../../emulator/tools/sandbox/runningSandbox";
import type { Sandbox } from "../../emulator/tools/sandbox/sandbox";
import { sandboxFsOf } from "../../emulator/tools/sandbox/sandboxFs";
import { createWorkspace } from "./workspace";

describe.each(SANDBOXES.map((sandbox) => ({ sandbox })))("a command sandboxed by $sandbox.name", ({ sandbox }) => {
    let usable: boolean;
    beforeAll(async () => {
        usable = await works(sandbox);
    });
    beforeEach(({ skip }) => skip(!usable, `${sandbox.name} does not work on this machine`));

    async function openSandbox(workspace: Workspace): Promise<RunningSandbox> {
        const opened = await RunningSandbox.open(sandbox, await sandboxFsOf(workspace));
        onTestFinished(() => opened.close());
        return opened;
    }

    async function run(
        sandboxed: Workspace | RunningSandbox,
        script: string,
        timeoutMs = 20_000,
    ): Promise<CommandResult> {
        const opened = sandboxed instanceof RunningSandbox ? sandboxed : await openSandbox(sandboxed);
        return opened.run(["sh", "-c", script], { input: "", timeoutMs });
    }

    /** JavaScript for another process that runs a command in the sandbox and prints its output. */
    function scriptOf(workspace: Workspace, command: string): string {
        return `${openingScript(sandbox, workspace)}.then(async (opened) => {
            const { stdout } = await opened.run(["sh", "-c", ${JSON.stringify(command)}], { input: "", timeoutMs: 20000 });
            process.stdout.write(stdout);
            await opened.close();
        })`;
    }

    it("has the session's own /home and /tmp at these paths", async () => {
        const workspace = await createWorkspace();
        writeFileSync(join(workspace.root, "home/given"), "given");
        expect(await run(workspace, "cat /home/given; echo made > '/tmp/a file'")).toMatchObject({
            stdout: "given",
            stderr: "",
            exitCode: 0,
        });
        expect(readFileSync(join(workspace.root, "tmp/a file"), "utf8")).toBe("made\n");
    });

    it("sees no files of the machine except the system's programs", async () => {
        const workspace = await createWorkspace();
        writeFileSync(join(workspace.outside, "secret"), "secret");
        const paths = [
            join(workspace.outside, "secret"),
            workspace.root,
            "/etc/shadow",
            "/etc/hosts",
            "/etc/hostname",
            "/root",
            "/var/lib",
            "/work",
            "/mnt",
            "/sys",
            "/run",
            "/proc/1/root/etc/hostname",
            "/proc/1/cwd/etc/hostname",
            process.cwd(),
        ];
        const { stdout } = await run(
            workspace,
            `for path in ${paths.join(" ")}; do [ -e "$path" ] && echo "$path"; done; ls /; ls -A /var/log`,
        );
        expect(stdout.split("\n").filter((line) => line.startsWith("/"))).toEqual([]);
        expect(new Set(stdout.trim().split("\n"))).toEqual(
            new Set([
                ...readdirSync("/").filter((name) => /^(usr|s?bin|lib\w*)$/.test(name)),
                "dev",
                "etc",
                "home",
                "proc",
                "tmp",
                "opt",
                "var",
                "dpkg.log",
            ]),
        );
    });

    it("can write only in /home and /tmp", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await run(
            workspace,
            "for folder in / /usr /usr/bin /bin /etc /etc/alternatives /opt/bin /dev /proc/self; do echo x 2>/dev/null > $folder/written && echo $folder; done; [ -w /etc/passwd ] && echo x > /etc/passwd && echo passwd; echo x > /usr/bin/env && echo env; rm -f /usr/bin/true && echo true",
        );
        expect(stdout).toBe("");
        expect(existsSync("/usr/written")).toBe(false);
    });

    it("has little memory in /dev/shm", async () => {
        const { stdout } = await run(
            await createWorkspace(),
            "stat -c %a /dev/shm; head -c 100000000 /dev/zero > /dev/shm/big; stat -c %s /dev/shm/big; [ -c /dev/null ] && echo kept > /dev/null",
        );
        expect(stdout).toBe(`1777\n${64 * 1024 ** 2}\n`);
    });

    it("runs Python as python, and the JavaScript of this process as node", async () => {
        const workspace = await createWorkspace();
        expect((await run(workspace, "node -p process.version")).stdout).toBe(`${process.version}\n`);
        if (!existsSync("/usr/bin/python3")) return;
        expect((await run(workspace, "python -c 'print(1 + 1)'")).stdout).toBe("2\n");
    });

    it("sees what is mounted below /usr, read-only", async ({ skip }) => {
        const workspace = await createWorkspace();
        const mounting = "mount -t tmpfs -o noexec tmpfs /usr/games && echo mounted > /usr/games/file";
        const inOwnMounts = (script: string, ...args: string[]) =>
            spawnSync("unshare", ["--mount", "sh", "-c", `${mounting} && ${script}`, ...args], { encoding: "utf8" });
        skip(inOwnMounts("true").status !== 0, "mount is not permitted");
        const script = scriptOf(workspace, "cat /usr/games/file; touch /usr/games/new && echo written");
        expect(inOwnMounts('exec "$0" -e "$1"', process.execPath, script).stdout).toBe("mounted\n");
    });

    it("limits all processes together, if control groups can be created", async ({ skip }) => {
        const opened = await openSandbox(await createWorkspace());
        const mark = `5${Date.now()}`;
        await run(opened, `nohup sleep ${mark} > /dev/null 2>&1 &`);
        const folders = cgroupsOf(await started(mark)).filter((folder) => folder.includes("pulumi-agb-"));
        skip(folders.length === 0, "control groups cannot be created");
        const limits = folders.flatMap((folder) =>
            ["pids.max", "memory.max", "memory.limit_in_bytes"]
                .map((file) => join(folder, file))
                .filter((file) => existsSync(file))
                .map((file) => readFileSync(file, "utf8").trim()),
        );
        expect(new Set(limits)).toEqual(new Set(["2048", String(4 * 1024 ** 3)]));
        await opened.close();
        expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    });

    it("cannot change kernel settings, not even in its own namespace", async () => {
        const workspace = await createWorkspace();
        const before = readFileSync("/proc/sys/vm/swappiness", "utf8");
        const attempt = "echo 99 > /proc/sys/vm/swappiness && echo changed";
        const { stdout } = await run(
            workspace,
            `${attempt}; unshare --user --map-root-user --mount --pid --fork --mount-proc sh -c '${attempt}'; unshare --user --map-root-user --mount sh -c 'mount -o remount,rw,bind /proc; ${attempt}; mount -o remount,rw,bind /usr && echo remounted'`,
        );
        expect(stdout).toBe("");
        expect(readFileSync("/proc/sys/vm/swappiness", "utf8")).toBe(before);
    });

    it("has no privileges and cannot gain any", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await run(
            workspace,
            "grep -E '^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status; mount -t tmpfs tmpfs /home 2>/dev/null && echo mounted; chroot /home true 2>/dev/null && echo chrooted; mknod /tmp/disk b 8 0 2>/dev/null && echo disk",
        );
        expect(stdout.replaceAll("\t", " ").trim().split("\n")).toEqual([
            "CapPrm: 0000000000000000",
            "CapEff: 0000000000000000",
            "CapBnd: 0000000000000000",
            "CapAmb: 0000000000000000",
            "NoNewPrivs: 1",
        ]);
    });

    it("sees only its own processes", async () => {
        const workspace = await createWorkspace();
        // Process 1 announces that the sandbox is complete, and then becomes what it remains.
        const untilSettled = 'until [ "$(cat /proc/1/comm)" = cat ]; do sleep 0.01; done';
        const list = "for status in /proc/[0-9]*/comm; do cat $status 2>/dev/null; done";
        const { stdout } = await run(workspace, `${untilSettled}; ${list}`);
        const seen = stdout.trim().split("\n");
        expect(seen).toContain("sh");
        expect(seen.filter((name) => !["sh", "cat"].includes(name))).toEqual([]);
        expect((await run(workspace, `kill -0 ${process.pid} 2>/dev/null && echo seen`)).stdout).toBe("");
    });

    it("has no network access, not even to this machine", async () => {
        const workspace = await createWorkspace();
        const server = createServer((_request, response) => response.end("reached")).listen(0, "127.0.0.1");
        try {
            await new Promise((listening) => server.once("listening", listening));
            const { port } = server.address() as AddressInfo;
            const client = `require("node:http").get("http://127.0.0.1:${port}", () => console.log("reached")).on("error", (error) => console.log(error.code))`;
            expect((await run(workspace, `${process.execPath} -e '${client}'`)).stdout).toMatch(
                /^(ECONNREFUSED|ENETUNREACH|EHOSTUNREACH)\n$/,
            );
            expect((await run(workspace, "tail -n +3 /proc/net/dev | cut -d: -f1")).stdout.trim()).toBe("lo");
        } finally {
            server.close();
        }
    });

    it("inherits no open descriptors of this process", async () => {
        const workspace = await createWorkspace();
        const script = scriptOf(workspace, "readlink /proc/self/fd/*; readlink /proc/1/fd/*");
        const output = execFileSync(process.execPath, ["-e", script], {
            encoding: "utf8",
            stdio: [
                "ignore",
                "pipe",
                "inherit",
                ...Array.from({ length: 30 }, (_, index) =>
                    index === 24 ? openSync(workspace.outside, "r") : ("ignore" as const),
                ),
            ],
        });
        expect(output).toContain("/dev/null");
        expect(output).not.toContain(workspace.outside);
    });

    it("inherits no environment variables", async () => {
        const workspace = await createWorkspace();
        process.env["AGB_API_KEY"] = "key-that-must-not-leak";
        try {
            expect((await run(workspace, "env; cat /proc/1/environ")).stdout).not.toContain("must-not-leak");
        } finally {
            delete process.env["AGB_API_KEY"];
        }
    });

    it("leaves processes in the background, which later commands see, until the sandbox is closed", async () => {
        const opened = await openSandbox(await createWorkspace());
        const mark = `7${Date.now()}`;
        expect(
            await run(opened, `nohup sleep ${mark} > /tmp/log 2>&1 & echo $! > /tmp/pid; echo started`),
        ).toMatchObject({ stdout: "started\n", stderr: "", exitCode: 0, timedOut: false });
        await run(opened, `(setsid sleep ${mark} > /dev/null 2>&1 &)`);
        await run(opened, `sleep ${mark} &`);
        while (processesWith(mark) < 3) await new Promise((next) => setTimeout(next, 10));
        expect((await run(opened, "kill -0 $(cat /tmp/pid) && ps -e -o comm= | grep -c sleep")).stdout).toBe("3\n");
        expect(processesWith(mark)).toBe(3);
        await opened.close();
        expect(processesWith(mark)).toBe(0);
        await expect(async () => run(opened, "true")).rejects.toThrow("have ended");
    });

    it("gives all commands the same loopback network", async () => {
        const opened = await openSandbox(await createWorkspace());
        const server = `require("node:http").createServer((_, answer) => answer.end("reached")).listen(8000, "127.0.0.1", () => require("node:fs").writeFileSync("/tmp/listens", ""))`;
        await run(opened, `nohup ${process.execPath} -e '${server}' > /dev/null 2>&1 &`);
        const client = `fetch("http://127.0.0.1:8000").then((answer) => answer.text()).then(console.log)`;
        expect(
            (await run(opened, `until [ -e /tmp/listens ]; do sleep 0.02; done; ${process.execPath} -e '${client}'`))
                .stdout,
        ).toBe("reached\n");
    });

    it("returns all output of a command that leaves its outputs to a background process", async () => {
        const opened = await openSandbox(await createWorkspace());
        const { stdout, exitCode } = await run(opened, "sleep 600 & head -c 300000 /dev/zero | tr '\\0' x; exit 3");
        expect({ length: stdout.length, exitCode }).toEqual({ length: 300_000, exitCode: 3 });
    });

    it("survives the end of all its processes, and keeps none that has ended", async () => {
        const opened = await openSandbox(await createWorkspace());
        await run(opened, "(sleep 0 &); kill -9 -1");
        await run(opened, "kill -9 1; kill -STOP 1; kill -TERM 1");
        const alive = "for status in /proc/[0-9]*/status; do grep -H State: $status 2>/dev/null; done | grep -c Z";
        expect((await run(opened, alive)).stdout).toBe("0\n");
    });

    it("reports the signal that killed a command", async () => {
        const opened = await openSandbox(await createWorkspace());
        expect((await run(opened, "kill -9 $$")).exitCode).toBe(137);
        expect((await run(opened, "kill -TERM $$")).exitCode).toBe(143);
    });

    it("kills a command at its time limit with its children, but not what earlier commands left", async () => {
        const opened = await openSandbox(await createWorkspace());
        const [earlier, mark] = [`6${Date.now()}`, `8${Date.now()}`];
        await run(opened, `nohup sleep ${earlier} > /dev/null 2>&1 &`);
        const script = `trap '' TERM INT; echo begun; sleep ${mark} & timeout 900 sleep ${mark}`;
        expect(await run(opened, script, 500)).toMatchObject({ stdout: "begun\n", timedOut: true, exitCode: 137 });
        expect(await run(opened, "kill -STOP $$", 300)).toMatchObject({ timedOut: true, exitCode: 137 });
        await gone(mark);
        expect(processesWith(earlier)).toBe(1);
    });

    it("does not outlive its parent process, even if that is killed", async () => {
        const workspace = await createWorkspace();
        const mark = `9${Date.now()}`;
        const command = `(setsid sleep ${mark} &); sleep ${mark}`;
        const script = `${openingScript(sandbox, workspace)}.then((opened) => opened.run(["sh", "-c", ${JSON.stringify(command)}], { input: "", timeoutMs: 600000 }))`;
        const starter = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "ignore", "inherit"] });
        while (processesWith(mark) < 2) await new Promise((next) => setTimeout(next, 10));
        starter.kill("SIGKILL");
        await gone(mark);
    });

    it("cannot reach the files of another session", async () => {
        const [mine, other] = [await createWorkspace(), await createWorkspace()];
        mkdirSync(join(other.root, "home/private"));
        expect((await run(mine, "ls -R /home /tmp")).stdout).not.toContain("private");
        expect((await run(mine, `ls ${resolve(other.root)}`)).exitCode).not.toBe(0);
    });
});

describe.skipIf(process.getuid?.() !== 0)("a server with fewer privileges", () => {
    it.for([
        { who: "root without CAP_SYS_ADMIN", options: ["--bounding-set=-sys_admin", "--inh-caps=-all"] },
        { who: "another user than root", options: ["--reuid=65534", "--regid=65534", "--clear-groups"] },
    ])("can use the sandboxes that need no privileges as $who", async ({ options }, { skip }) => {
        const findSandbox = `require(${JSON.stringify(resolve("dist/emulator/tools/sandbox/findSandbox.js"))})`;
        const script = `Promise.all(${findSandbox}.SANDBOXES.map(${findSandbox}.works)).then((usable) => console.log(usable.join()))`;
        const { stdout, status } = spawnSync("setpriv", [...options, "--", process.execPath, "-e", script], {
            encoding: "utf8",
            cwd: "/",
        });
        skip(status !== 0, "this user cannot read the folder of the tests");
        const usable = await Promise.all(SANDBOXES.map(works));
        expect(stdout).toBe(`${SANDBOXES.map(({ name }, index) => name !== "namespaces" && usable[index]).join()}\n`);
    });
});

describe("this machine", () => {
    it.runIf(process.platform === "linux" && process.getuid?.() === 0)(
        "can sandbox commands as root on Linux",
        async () => {
            expect(await Promise.all(SANDBOXES.map(works))).toContain(true);
        },
    );
});

/** JavaScript for another process: a promise of an open sandbox. */
function openingScript({ name }: Sandbox, { sessionId, root }: Workspace): string {
    const load = (file: string): string => `require(${JSON.stringify(resolve("dist/emulator/tools/sandbox", file))})`;
    const workspace = JSON.stringify({ sessionId, root });
    return `${load("sandboxFs.js")}.sandboxFsOf(${workspace}).then((fs) => ${load("runningSandbox.js")}.RunningSandbox.open(${load("findSandbox.js")}.SANDBOXES.find(({ name }) => name === "${name}"), fs))`;
}

/** The folders of a process's control groups. */
function cgroupsOf(pid: number): string[] {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8")
        .trim()
        .split("\n")
        .map((line) => {
            const [, controllers = "", path = ""] = line.split(":");
            return join("/sys/fs/cgroup", controllers, path);
        });
}

/** The ids of the processes on this machine that run `sleep` with an argument. */
function sleepsWith(text: string): number[] {
    return readdirSync("/proc")
        .filter((name) => {
            if (!/^\d+$/.test(name)) return false;
            try {
                return (
                    readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text) &&
                    readFileSync(`/proc/${name}/comm`, "utf8") === "sleep\n"
                );
            } catch {
                return false;
            }
        })
        .map(Number);
}

function processesWith(text: string): number {
    return sleepsWith(text).length;
}

/** The id of the process that runs `sleep`, once a command in the background has become it. */
async function started(text: string): Promise<number> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
        const [id] = sleepsWith(text);
        if (id !== undefined) return id;
        await new Promise((next) => setTimeout(next, 25));
    }
    throw new Error("the command in the background has not started");
}

/** The kernel removes processes asynchronously. */
async function gone(text: string): Promise<void> {
    for (let attempt = 0; processesWith(text) > 0; attempt += 1) {
        if (attempt === 200) throw new Error(`${processesWith(text)} processes are still there`);
        await new Promise((next) => setTimeout(next, 25));
    }
}
