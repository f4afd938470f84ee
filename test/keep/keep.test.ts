/**
 * `pulumi-agb keep`: a sandbox outlives AGB's 30 minutes, and nothing is lost. By default, two renewals on the embedded
 * engine. `npm run test:keep` runs eight hours of a sandbox on both engines.
 */
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { describeOnEngines, embedded } from "../support/engines";
import { KeptStack } from "./keptStack";

const HOURS = Number(process.env.HOURS ?? 0);

let stack: KeptStack | undefined;
afterEach(async () => {
    await stack?.close();
    stack = undefined;
});

it.skipIf(HOURS > 0)("renews a session twice, alone, and ends with SIGTERM", { timeout: 180_000 }, async () => {
    stack = await KeptStack.create(embedded, 1800);
    await stack.keep();
    for (const renewal of [1, 2]) {
        const before = stack.sessionId;
        await stack.work();
        await stack.pass(21);
        await stack.renewal(before);
        expect(await stack.agb.sessions(), `renewal ${renewal}`).toEqual([stack.sessionId]);
    }
    for (const path of stack.written) expect(await stack.agb.readFile(stack.sessionId, path)).toBe(path);
    const second = await stack.startKeeper().ended;
    expect(second.exit).toBe(1);
    expect(second.text).toBe(
        `error: process ${stack.keeper.child.pid} already keeps the sandboxes of stack dev alive. Stop it first, or leave it running.\n`,
    );
    stack.keeper.child.kill("SIGTERM");
    expect(await stack.keeper.ended).toMatchObject({ exit: 0, signal: null });
    expect(await stack.agb.sessions()).toEqual([stack.sessionId]);
    expect(stack.events().map(({ event }) => event)).toEqual([
        ...["started", "up", "succeeded", "session", "outputs"],
        ...["up", "succeeded", "session", "outputs"],
        ...["up", "succeeded", "session", "outputs"],
        ...["stopping", "stopped"],
    ]);
});

const describeHours = HOURS > 0 ? describeOnEngines : () => undefined;

describeHours("eight hours of a sandbox, on $name", (engine) => {
    it("lose nothing", { timeout: 3_600_000 }, async () => {
        const life = (stack = await KeptStack.create(engine, 300));
        const { project, agb, outage } = life;
        // It runs once for each session, and writes down what it could give away.
        await life.keep("--on-change", "env > environment.txt; echo changed >> changes.txt");
        const sessions = new Set([life.sessionId]);
        let renewedAt = 0;
        const renewal = async (minute: number, before: string): Promise<void> => {
            await life.renewal(before);
            sessions.add(life.sessionId);
            renewedAt = minute;
        };
        const broken = join(project.folder, "broken");
        for (let minute = 1; minute <= HOURS * 60; minute++) {
            const { sessionId } = life;
            // For a quarter of an hour, three times the idle timeout, no one works.
            if (minute < 100 || minute >= 115) await life.work();
            if (minute === 150) {
                outage.isDown = true;
                await life.until(() => life.isReported("unreachable"));
            }
            if (minute === 160) {
                outage.isDown = false;
                await life.until(() => life.isReported("reachable"));
            }
            if (minute === 200) project.write("broken", "");
            await life.pass(1);
            if (minute === 250) {
                await agb.release(sessionId);
                await renewal(minute, sessionId);
            }
            // The program is corrected five minutes after the session should have been renewed.
            if (existsSync(broken) && minute - renewedAt === 25) {
                await life.until(() => life.countOf("failed", "broken on purpose") > 1);
                rmSync(broken);
            }
            if (!outage.isDown && !existsSync(broken) && minute - renewedAt >= 20) await renewal(minute, sessionId);
        }
        expect(sessions.size).toBeGreaterThan(2 * HOURS);
        expect(await agb.sessions()).toEqual([life.sessionId]);
        expect(life.countOf("up", "was released")).toBe(1);

        expect(statSync(join(project.folder, "outputs.json")).mode & 0o777).toBe(0o600);
        expect(readFileSync(join(project.folder, "outputs.json"), "utf8")).toContain('"access": "[secret]"');
        expect(readFileSync(join(project.folder, "environment.txt"), "utf8")).not.toMatch(/AGB_API_KEY|PASSPHRASE/);
        const changes = readFileSync(join(project.folder, "changes.txt"), "utf8").trim().split("\n");
        expect(changes.length).toBe(sessions.size);

        // SIGTERM cancels a deployment, which finishes what it has begun.
        agb.fault("SyncContext:delay=2000:1:1");
        const ups = life.countOf("up");
        while (life.countOf("up") === ups) {
            await life.work();
            await life.pass(1);
        }
        life.keeper.child.kill("SIGTERM");
        expect(await life.keeper.ended).toMatchObject({ exit: 0, signal: null });
        await life.keep();

        // The lock of a dead keeper is taken over.
        life.keeper.child.kill("SIGKILL");
        await life.keeper.ended;
        const { contextId } = life;
        await life.keep("--destroy");
        life.keeper.child.kill("SIGINT");
        expect(await life.keeper.ended).toMatchObject({ exit: 0, signal: null });
        expect(await agb.sessions()).toEqual([]);
        expect(await agb.files(contextId)).toEqual([...life.written].sort());
    });
});
