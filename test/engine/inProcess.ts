/** Runs the command in the process of the test, where a process of its own would prove nothing more. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { vi } from "vitest";
import type { runCommand } from "../../cli/commands";
import type { reportFailure } from "../../cli/reportError";
import { root } from "../support/engines";
import type { Run } from "../support/processes";
import { ThingsProject } from "./thingsProject";

const load = createRequire(join(root, "dist", "cli", "main.js"));

/** Runs `pulumi-agb` as `dist/cli/main.js` does, one call at a time. */
export async function runInProcess(
    args: string[],
    { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Run> {
    shareKeyDerivation();
    const commands = load("./commands.js") as { runCommand: typeof runCommand };
    const errors = load("./reportError.js") as { reportFailure: typeof reportFailure };
    const output = captureOutput();
    const before = { cwd: process.cwd(), env: process.env, exitCode: process.exitCode };
    process.chdir(cwd);
    process.env = { ...env };
    process.exitCode = 0;
    try {
        await commands.runCommand([process.execPath, "pulumi-agb", ...args]).catch(errors.reportFailure);
        return { exit: process.exitCode, signal: null, ...output.end() };
    } finally {
        output.end();
        process.chdir(before.cwd);
        process.env = before.env;
        process.exitCode = before.exitCode;
    }
}

/** A project whose commands run in this process. Its programs and providers are processes, as always. */
export class InProcessProject extends ThingsProject {
    override pulumi(command: string, ...args: string[]): Promise<Run> {
        return runInProcess([...command.split(" "), ...args], { cwd: this.folder, env: { ...this.env } });
    }
}

function captureOutput(): { end(): Pick<Run, "stdout" | "text"> } {
    const captured = { stdout: "", text: "" };
    const stdout = vi.spyOn(process.stdout, "write").mockImplementation((part) => {
        captured.stdout += String(part);
        captured.text += String(part);
        return true;
    });
    const stderr = vi.spyOn(process.stderr, "write").mockImplementation((part) => {
        captured.text += String(part);
        return true;
    });
    return {
        end: () => {
            stdout.mockRestore();
            stderr.mockRestore();
            return captured;
        },
    };
}

const keys = new Map<string, Promise<Buffer>>();

/** Derives the key of a passphrase and a salt only once: with Pulumi's million rounds, that is most of a short command. */
function shareKeyDerivation(): void {
    const crypto = load("node:crypto") as { pbkdf2: Pbkdf2 };
    if (crypto.pbkdf2.name === "shared") return;
    const derive = crypto.pbkdf2;
    crypto.pbkdf2 = function shared(passphrase, salt, rounds, length, digest, done) {
        const id = JSON.stringify([passphrase, salt.toString("base64"), rounds, length, digest]);
        const key =
            keys.get(id) ??
            new Promise<Buffer>((resolve, reject) =>
                derive(passphrase, salt, rounds, length, digest, (error, bytes) =>
                    error ? reject(error) : resolve(bytes),
                ),
            );
        keys.set(id, key);
        key.then(
            (bytes) => done(null, bytes),
            (error: unknown) => done(error as Error, Buffer.alloc(0)),
        );
    };
}

type Pbkdf2 = (
    passphrase: string,
    salt: Buffer,
    rounds: number,
    length: number,
    digest: string,
    done: (error: Error | null, key: Buffer) => void,
) => void;
