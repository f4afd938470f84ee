/** What sandboxed commands can and cannot do. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Workspace } from "../../emulator/paths";
import { SANDBOXES, works } from "../../emulator/tools/sandbox/findSandbox";
import { start, type CommandResult } from "../../emulator/tools/sandbox/run";
import { sandboxFsOf } from "../../emulator/tools/sandbox/sandboxFs";
import { createWorkspace } from "./workspace";

describe.each(SANDBOXES.map((sandbox) => ({ sandbox })))("a command sandboxed by $sandbox.name", ({ sandbox }) => {
    let usable: boolean;
    beforeAll(async () => {
        usable = await works(sandbox);
    });
    beforeEach(({ skip }) => skip(!usable, `${sandbox.name} does not work on this machine`));

    async function run(workspace: Workspace, script: string, timeoutMs = 20_000): Promise<CommandResult> {
        return start(sandbox.command(await sandboxFsOf(workspace), ["sh", "-c", script]), { input: "", timeoutMs })
            .ended;
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
            "/var",
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
            `for path in ${paths.join(" ")}; do [ -e "$path" ] && echo "$path"; done; ls /`,
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
                ...(process.execPath.startsWith("/usr/") ? [] : [process.execPath.split("/")[1]]),
            ]),
        );
    });

    it("can write only in /home and /tmp", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await run(
            workspace,
            "for folder in / /usr /usr/bin /bin /etc /etc/alternatives /proc/self; do echo x 2>/dev/null > $folder/written && echo $folder; done; [ -w /etc/passwd ] && echo x > /etc/passwd && echo passwd; echo x > /usr/bin/env && echo env; rm -f /usr/bin/true && echo true",
        );
        expect(stdout).toBe("");
        expect(existsSync("/usr/written")).toBe(false);
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
        const { stdout } = await run(workspace, "for status in /proc/[0-9]*/comm; do cat $status 2>/dev/null; done");
        const seen = stdout.trim().split("\n");
        expect(seen).toContain("sh");
        expect(seen.filter((name) => !["sh", "cat", "bwrap"].includes(name))).toEqual([]);
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
        const { argv, inputs } = sandbox.command(await sandboxFsOf(workspace), [
            "sh",
            "-c",
            "readlink /proc/self/fd/*",
        ]);
        const script = `require(${JSON.stringify(resolve("dist/emulator/tools/sandbox/run.js"))}).start(${JSON.stringify({ argv, inputs })}, { input: "", timeoutMs: 20000 }).ended.then((ended) => process.stdout.write(ended.stdout))`;
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

    it("leaves no process behind when it exits", async () => {
        const workspace = await createWorkspace();
        const mark = `7${Date.now()}`;
        const ended = await run(
            workspace,
            `sleep ${mark} & (setsid sleep ${mark} > /dev/null 2>&1 &); nohup sleep ${mark} > /dev/null 2>&1 & echo started`,
        );
        expect(ended).toMatchObject({ stdout: "started\n", exitCode: 0, timedOut: false });
        await gone(mark);
    });

    it("is killed at its time limit with everything it started", async () => {
        const workspace = await createWorkspace();
        const mark = `8${Date.now()}`;
        const ended = await run(
            workspace,
            `trap '' TERM INT; echo begun; (setsid sleep ${mark} &); sleep ${mark}`,
            500,
        );
        expect(ended).toMatchObject({ stdout: "begun\n", timedOut: true });
        expect(ended.exitCode).toBeUndefined();
        await gone(mark);
    });

    it("does not outlive its parent process, even if that is killed", async () => {
        const workspace = await createWorkspace();
        const mark = `9${Date.now()}`;
        const { argv, inputs } = sandbox.command(await sandboxFsOf(workspace), [
            "sh",
            "-c",
            `echo begun; (setsid sleep ${mark} &); sleep ${mark}`,
        ]);
        const starter = spawn(
            process.execPath,
            [
                "-e",
                `
            const { spawn } = require("node:child_process");
            const child = spawn(${JSON.stringify(argv[0])}, ${JSON.stringify(argv.slice(1))}, { detached: true, stdio: ["ignore", "pipe", "ignore", "ignore", "ignore", ...${JSON.stringify(inputs.map(() => "pipe"))}] });
            ${JSON.stringify(inputs)}.forEach((text, index) => child.stdio[5 + index].end(text));
            child.stdout.on("data", () => process.stdout.write("begun"));
        `,
            ],
            { stdio: ["ignore", "pipe", "inherit"] },
        );
        await new Promise((begun) => starter.stdout.once("data", begun));
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

describe("this machine", () => {
    it.runIf(process.platform === "linux" && process.getuid?.() === 0)(
        "can sandbox commands as root on Linux",
        async () => {
            expect(await Promise.all(SANDBOXES.map(works))).toContain(true);
        },
    );
});

/** Counts the processes on this machine whose arguments contain a text. */
function processesWith(text: string): number {
    return readdirSync("/proc").filter((name) => {
        if (!/^\d+$/.test(name)) return false;
        try {
            return (
                readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text) &&
                readFileSync(`/proc/${name}/comm`, "utf8") === "sleep\n"
            );
        } catch {
            return false;
        }
    }).length;
}

/** The kernel removes processes asynchronously. */
async function gone(text: string): Promise<void> {
    for (let attempt = 0; processesWith(text) > 0; attempt += 1) {
        if (attempt === 200) throw new Error(`${processesWith(text)} processes are still there`);
        await new Promise((next) => setTimeout(next, 25));
    }
}
