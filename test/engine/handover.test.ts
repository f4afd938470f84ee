/** Both engines take turns on one stack: neither needs an export, and neither sees a change. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engines, hasPulumi, NEEDS_PULUMI, type Engine } from "../support/engines";
import { run, type Run } from "../support/processes";
import { ThingsProject } from "./thingsProject";

describe.skipIf(!hasPulumi)("a stack shared by both engines", { meta: NEEDS_PULUMI }, () => {
    const [embedded, pulumi] = engines as [Engine, Engine];
    let project: ThingsProject;
    const on = (engine: Engine, command: string, ...args: string[]): Promise<Run> =>
        run([...engine.argv(command), ...args, "--stack", "dev"], { cwd: project.folder, env: project.env });
    const deploy = (engine: Engine, command: string, ...args: string[]): Promise<Run> =>
        on(engine, command, "--yes", "--skip-preview", "--non-interactive", ...args);
    const changesNothing = async (engine: Engine): Promise<void> => {
        for (const [command, ...args] of [
            ["preview"],
            ["up", "--yes", "--skip-preview"],
            ["refresh", "--yes", "--skip-preview"],
        ] as [string, ...string[]][]) {
            const { exit, text } = await on(engine, command, ...args, "--expect-no-changes", "--non-interactive");
            expect(exit, `${engine.name}, ${command}: ${text}`).toBe(0);
        }
    };
    /** Pulumi omits trailing zeros in times. */
    const parsed = ({ stdout }: Run): unknown =>
        JSON.parse(stdout, (_key, value: unknown) =>
            typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value) : value,
        );
    const providerSecrets = (): unknown =>
        project.deployment().resources?.find(({ type }) => type.startsWith("pulumi:providers:"))?.inputs;

    beforeAll(() => {
        project = new ThingsProject();
        project.program(`
            const group = new Group("group");
            const first = new Thing("first", { token: config.requireSecret("token"), size: config.getObject("size"), kind: config.get("kind") }, { parent: group, additionalSecretOutputs: ["made"] });
            const second = new Thing("second", { from: first.made, list: [pulumi.secret({ a: "<b> & c" }), 1.5, null], file: new pulumi.asset.StringAsset("text") }, { dependsOn: [first], protect: false, customTimeouts: { create: "3m" } });
            exports.made = first.made; exports.list = second.list; exports.token = config.requireSecret("token");
        `);
    });
    afterAll(() => project.remove());

    test("is created by the embedded engine, and continued by the pulumi command", async () => {
        expect((await on(embedded, "stack init", "dev")).exit).toBe(0);
        expect((await on(embedded, "config set", "--secret", "token", "<hush> & hush")).exit).toBe(0);
        expect((await on(embedded, "config set", "--path", "size.width", "12")).exit).toBe(0);
        expect((await on(embedded, "config set", "--path", "--secret", "size.secret", "shh-shh")).exit).toBe(0);
        const { exit, text } = await deploy(embedded, "up");
        expect(exit, text).toBe(0);
        await changesNothing(pulumi);
        await changesNothing(embedded);
    });

    test("is selected in both after it is selected in one", async () => {
        const selected = async (engine: Engine): Promise<unknown> =>
            (
                JSON.parse(
                    (await run([...engine.argv("stack ls"), "--json"], { cwd: project.folder, env: project.env }))
                        .stdout,
                ) as { name: string; current: boolean }[]
            )
                .filter(({ current }) => current)
                .map(({ name }) => name);
        expect(await selected(pulumi)).toEqual(["dev"]);
        expect(
            (await run([...pulumi.argv("stack init"), "second"], { cwd: project.folder, env: project.env })).exit,
        ).toBe(0);
        expect(await selected(embedded)).toEqual(["second"]);
        expect(
            (await run([...embedded.argv("stack select"), "dev"], { cwd: project.folder, env: project.env })).exit,
        ).toBe(0);
        expect(await selected(pulumi)).toEqual(["dev"]);
        expect(
            (await run([...embedded.argv("stack rm"), "second", "--yes"], { cwd: project.folder, env: project.env }))
                .exit,
        ).toBe(0);
    });

    test("has the same outputs, config and exports in both", async () => {
        for (const [command, ...args] of [
            ["output", "--json", "--show-secrets"],
            ["output", "--json"],
            ["output"],
            ["config get", "token"],
            ["config get", "size"],
        ] as [string, ...string[]][]) {
            const [ours, theirs] = [await on(embedded, command, ...args), await on(pulumi, command, ...args)];
            expect(ours.stdout, command).toBe(theirs.stdout);
        }
        for (const args of [[], ["--show-secrets"]]) {
            const [ours, theirs] = [
                await on(embedded, "stack export", ...args),
                await on(pulumi, "stack export", ...args),
            ];
            expect(parsed(ours)).toEqual(parsed(theirs));
        }
    });

    test("is changed by the pulumi command, and continued by the embedded engine, which keeps every ciphertext", async () => {
        expect((await on(pulumi, "config set", "kind", "large")).exit).toBe(0);
        const { exit, text } = await deploy(pulumi, "up");
        expect(exit, text).toBe(0);
        expect(text).toContain("+-1 replaced");
        const kept = providerSecrets();
        await changesNothing(embedded);
        expect(providerSecrets()).toEqual(kept);
        await changesNothing(pulumi);
    });

    test("is locked for one while the other works on it", async () => {
        project.program("new Thing('slow', { nap: 6000 });");
        const running = deploy(embedded, "up");
        await expect
            .poll(() => readdirSync(join(project.folder, ".backend/.pulumi/locks/organization/story/dev")).length)
            .toBeGreaterThan(0);
        const refused = await deploy(pulumi, "up");
        expect(refused.exit).not.toBe(0);
        expect(refused.text).toContain("the stack is currently locked by 1 lock(s)");
        expect((await running).exit).toBe(0);
    });

    test("has one history, and either destroys what the other created", async () => {
        const history = JSON.parse((await on(pulumi, "stack history", "--json")).stdout) as {
            kind: string;
            result: string;
        }[];
        expect(history.length).toBeGreaterThanOrEqual(8);
        expect(new Set(history.map(({ result }) => result))).toEqual(new Set(["succeeded"]));
        const { exit, text } = await deploy(pulumi, "destroy");
        expect(exit, text).toBe(0);
        expect(project.things()).toEqual([]);
        expect((await on(embedded, "stack rm", "--yes")).exit).toBe(0);
        expect((await on(pulumi, "stack ls")).text).not.toContain("dev");
    });
});
