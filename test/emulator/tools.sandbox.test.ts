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

describe.each(SANDBOXES.map((way) => ({ way })))("a command confined by $way.name", ({ way }) => {
    let usable: boolean;
    beforeAll(async () => {
        usable = await works(way);
    });
    beforeEach(({ skip }) => skip(!usable, `${way.name} does not work on this machine`));

    async function run(workspace: Workspace, script: string, timeoutMs = 20_000): Promise<CommandResult> {
        return start(way.command(await sandboxFsOf(workspace), ["sh", "-c", script]), { input: "", timeoutMs }).ended;
    }

    it("has the session's own /home and /tmp, at those very paths", async () => {
        const workspace = await createWorkspace();
        writeFileSync(join(workspace.root, "home/given"), "given");
        expect(await run(workspace, "cat /home/given; echo made > '/tmp/a file'")).toMatchObject({
            stdout: "given",
            stderr: "",
            exitCode: 0,
        });
        expect(readFileSync(join(workspace.root, "tmp/a file"), "utf8")).toBe("made\n");
    });

    it("sees no file of the machine but the system's programs", async () => {
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

    it("writes nowhere but in /home and /tmp", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await run(
            workspace,
            "for folder in / /usr /usr/bin /bin /etc /etc/alternatives /proc/self; do echo x 2>/dev/null > $folder/written && echo $folder; done; [ -w /etc/passwd ] && echo x > /etc/passwd && echo passwd; echo x > /usr/bin/env && echo env; rm -f /usr/bin/true && echo true",
        );
        expect(stdout).toBe("");
        expect(existsSync("/usr/written")).toBe(false);
    });

    it("changes no setting of the kernel, not even in a namespace of its own", async () => {
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

    it("has no rights that a user has not, nor a way to get them", async () => {
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

    it("sees no process but its own", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await run(workspace, "for status in /proc/[0-9]*/comm; do cat $status 2>/dev/null; done");
        const seen = stdout.trim().split("\n");
        expect(seen).toContain("sh");
        expect(seen.filter((name) => !["sh", "cat", "bwrap"].includes(name))).toEqual([]);
        expect((await run(workspace, `kill -0 ${process.pid} 2>/dev/null && echo seen`)).stdout).toBe("");
    });

    it("reaches no network, not even this machine's own", async () => {
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

    it("gets nothing that this process has open", async () => {
        const workspace = await createWorkspace();
        const { argv, inputs } = way.command(await sandboxFsOf(workspace), ["sh", "-c", "readlink /proc/self/fd/*"]);
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

    it("gets nothing of our environment", async () => {
        const workspace = await createWorkspace();
        process.env["AGB_API_KEY"] = "key-that-must-not-leak";
        try {
            expect((await run(workspace, "env; cat /proc/1/environ")).stdout).not.toContain("must-not-leak");
        } finally {
            delete process.env["AGB_API_KEY"];
        }
    });

    it("leaves no process behind when it ends, whatever it started", async () => {
        const workspace = await createWorkspace();
        const mark = `7${Date.now()}`;
        const ended = await run(
            workspace,
            `sleep ${mark} & (setsid sleep ${mark} > /dev/null 2>&1 &); nohup sleep ${mark} > /dev/null 2>&1 & echo started`,
        );
        expect(ended).toMatchObject({ stdout: "started\n", exitCode: 0, timedOut: false });
        await gone(mark);
    });

    it("is ended with all that it started when its time is over", async () => {
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

    it("does not outlive the process that started it, even where that is killed", async () => {
        const workspace = await createWorkspace();
        const mark = `9${Date.now()}`;
        const { argv, inputs } = way.command(await sandboxFsOf(workspace), [
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

    it("keeps its hands off a session's files that lie beside it", async () => {
        const [mine, other] = [await createWorkspace(), await createWorkspace()];
        mkdirSync(join(other.root, "home/private"));
        expect((await run(mine, "ls -R /home /tmp")).stdout).not.toContain("private");
        expect((await run(mine, `ls ${resolve(other.root)}`)).exitCode).not.toBe(0);
    });
});

describe("this machine", () => {
    it.runIf(process.platform === "linux" && process.getuid?.() === 0)(
        "confines commands, as root on Linux",
        async () => {
            expect(await Promise.all(SANDBOXES.map(works))).toContain(true);
        },
    );
});

/** How many processes of this machine have a text in their arguments. */
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

/** The kernel takes the processes away on its own time. */
async function gone(text: string): Promise<void> {
    for (let attempt = 0; processesWith(text) > 0; attempt += 1) {
        if (attempt === 200) throw new Error(`${processesWith(text)} processes are still there`);
        await new Promise((next) => setTimeout(next, 25));
    }
}
