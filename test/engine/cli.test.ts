/** The command line of the embedded engine, from a user's point of view. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../support/engines";
import { run } from "../support/processes";
import { InProcessProject } from "./inProcess";

const EVERYTHING_UNCHANGED = /^Resources:\n {4}4 unchanged$/m;

describe("pulumi-agb", () => {
    let project: InProcessProject;
    beforeAll(() => {
        project = new InProcessProject();
        project.program(`
            const group = new Group("group");
            const first = new Thing("first", { token: config.getSecret("token") }, { parent: group });
            const second = new Thing("second", { from: first.made, kind: config.get("kind") });
            console.log("the token is " + (process.env.PULUMI_CONFIG || "").match(/hush-hush/));
            // As in a program that receives a resource as a reference.
            exports.again = first.urn.apply((urn) => new Thing("again", { token: undefined }, { urn }).made);
            exports.made = second.made; exports.token = config.getSecret("token"); exports.list = [1, { two: "2" }];
        `);
    });
    afterAll(() => project.remove());

    test("the command is a process that prints an error as one line, and exits with its status", async () => {
        const argv = [process.execPath, join(root, "dist", "cli", "main.js"), "preview"];
        const nameless = await run(argv, { cwd: project.folder, env: project.env });
        expect(nameless).toMatchObject({ exit: 1, stdout: "" });
        expect(nameless.text).toMatch(
            /^error: no stack selected: .*create one with `npx pulumi-agb up --stack NAME`\.\n$/,
        );
        const unnamed = { ...project.env, PULUMI_STACK: "dev" };
        const missing = await run(argv, { cwd: project.folder, env: unnamed });
        expect(missing.exit).toBe(6);
        expect(missing.text).toMatch(
            /^error: no stack named 'dev' found\. .*create one with `npx pulumi-agb up --stack dev`\.\n$/,
        );
    });

    test("preview and config work on a stack that up --stack creates", async () => {
        const preview = await project.preview("--expect-no-changes");
        expect(preview.text).toMatch(/^ {4}\+ 4 to create$/m);
        expect(preview.exit).toBe(7);
        expect(await project.pulumi("config get", "kind", "--stack", "dev")).toMatchObject({ exit: 6 });
        expect(await project.config("kind", "tiny")).toMatchObject({ exit: 0, text: "" });
        expect((await project.pulumi("config get", "kind", "--stack", "dev")).stdout).toBe("tiny\n");
        expect((await project.pulumi("stack ls", "--json")).stdout).toBe("[]\n");
        const made = await project.pulumi("up", "--yes", "--stack", "dev", "--config", "kind=small", "--skip-preview");
        expect(made.exit, made.text).toBe(0);
        expect(made.text).toMatch(/^Created stack 'dev'$/m);
        expect(project.things()).toEqual(["first", "second"]);
        expect(project.read("Pulumi.dev.yaml")).toMatch(/^encryptionsalt: v1:\S+\nconfig:\n {2}story:kind: small\n$/);
    });

    test("up --stack selects the stack, and a stack that does not exist is listed with those that do", async () => {
        expect((await project.pulumi("stack", "--show-name")).stdout).toBe("dev\n");
        const wrong = await project.pulumi("destroy", "--yes", "--stack", "dve");
        expect(wrong).toMatchObject({
            exit: 6,
            text: "error: no stack named 'dve' found; did you mean 'dev'? The project has these stacks: dev.\n",
        });
        expect((await project.pulumi("cancel", "prod")).text).toBe(
            "error: no stack named 'prod' found. The project has these stacks: dev.\n",
        );
    });

    test("without --yes and a terminal, nothing is deployed", async () => {
        const { exit, text } = await project.pulumi("up", "--stack", "dev");
        expect(exit).toBe(1);
        expect(text).toBe(
            "error: --yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode\n",
        );
    });

    test("up previews first, prints a line for each operation, and never shows a secret", async () => {
        expect((await project.config("--secret", "token", "hush-hush")).exit).toBe(0);
        expect(project.read("Pulumi.dev.yaml")).not.toContain("hush-hush");
        const { exit, text } = await project.pulumi("up", "--yes", "--stack", "dev");
        expect(exit, text).toBe(0);
        const [preview = "", update = ""] = text.split("Updating (dev):");
        expect(preview).toContain("Previewing update (dev):");
        expect(preview).toMatch(/^ ~ {2}pulumi-nodejs:dynamic\/test:Thing first update/m);
        expect(update).toMatch(/^ ~ {2}pulumi-nodejs:dynamic\/test:Thing first updated \(\S+s\)/m);
        expect(update).toMatch(/^ {2}pulumi:pulumi:Stack \(story-dev\):\n {4}the token is \[secret\]$/m);
        expect(update).toMatch(/^Outputs:\n(.*\n)*? {2}\+ token: \[secret\]$/m);
        expect(update).toMatch(/^Resources:\n {4}~ 1 updated\n {4}3 unchanged\n\nDuration: \d+s$/m);
        expect(text).not.toContain("hush-hush");
        expect(project.state()).not.toContain("hush-hush");
    });

    test("output prints outputs in the formats of the pulumi command", async () => {
        expect(await project.outputs()).toEqual({
            again: "made first",
            list: [1, { two: "2" }],
            made: "made second",
            token: "[secret]",
        });
        const shown = async (...args: string[]): Promise<string> =>
            (await project.pulumi("output", "--stack", "dev", ...args)).stdout;
        expect(await shown()).toBe(
            'Current stack outputs (4):\n    OUTPUT  VALUE\n    again   made first\n    list    [1,{"two":"2"}]\n    made    made second\n    token   [secret]\n',
        );
        expect(await shown("made")).toBe("made second\n");
        expect(await shown("token", "--show-secrets")).toBe("hush-hush\n");
        expect(await shown("--json", "list")).toBe('[\n  1,\n  {\n    "two": "2"\n  }\n]\n');
        expect(await project.pulumi("output", "--stack", "dev", "nothing")).toMatchObject({
            exit: 1,
            text: "error: current stack does not have output property 'nothing'\n",
        });
    });

    test("an unchanged program changes nothing, and --expect-no-changes fails otherwise", async () => {
        const again = await project.up("--expect-no-changes", "--suppress-outputs", "--run-program");
        expect(again.text).toMatch(EVERYTHING_UNCHANGED);
        expect(again.text).not.toContain("Outputs:");
        expect(again.exit).toBe(0);
        const changed = await project.preview("--expect-no-changes", "--config", "kind=large");
        expect(changed.text).toMatch(/^ \+- pulumi-nodejs:dynamic\/test:Thing second replace/m);
        expect(changed.text).toContain("error: no changes were expected but changes were proposed");
        expect(changed.exit).toBe(7);
    });

    test("preview --json prints one object, like the pulumi command", async () => {
        const { stdout, exit } = await project.preview("--json", "--suppress-outputs");
        expect(exit).toBe(0);
        const digest = JSON.parse(stdout) as { steps: { op: string; urn: string }[]; changeSummary: object };
        expect(digest.steps[0]).toMatchObject({ oldState: { type: "pulumi:pulumi:Stack" } });
        expect(digest.steps[0]).not.toHaveProperty("oldState.outputs");
        expect(digest.steps[0]).not.toHaveProperty("newState.outputs");
        expect(digest.changeSummary).toEqual({ replace: 1, same: 3 });
        expect(digest.steps.map(({ op, urn }) => [op, urn.split("::").at(-1)])).toEqual([
            ["same", "story-dev"],
            ["replace", "second"],
        ]);
        await project.config("kind", "small");
    });

    test("up --json prints a line for each event, without secrets", async () => {
        const { stdout, exit } = await project.up("--json");
        expect(exit).toBe(0);
        const events = stdout
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line) as Record<string, { resourceChanges?: object }>);
        expect(events.at(-2)?.summaryEvent).toMatchObject({
            resourceChanges: { same: 4 },
            isPreview: false,
            result: "succeeded",
        });
        expect(stdout).not.toContain("hush-hush");
    });

    test("refresh detects a lost resource, and up recreates it", async () => {
        project.lose("second");
        const refreshed = await project.refresh();
        expect(refreshed.text).toMatch(/^ {4}- 1 deleted\n {4}3 unchanged$/m);
        const { text } = await project.up();
        expect(text).toMatch(/^ {4}\+ 1 created\n {4}3 unchanged$/m);
        expect(project.things()).toEqual(["first", "second"]);
    });

    test("stack export and import transfer a state", async () => {
        const exported = (await project.pulumi("stack export", "--stack", "dev")).stdout;
        expect(exported).not.toContain("hush-hush");
        expect((await project.pulumi("stack export", "--stack", "dev", "--show-secrets")).stdout).toContain(
            '"plaintext": "\\"hush-hush\\""',
        );
        project.write("exported.json", exported.replaceAll("first-", "moved-"));
        const importFile = (file: string) =>
            project.pulumi("stack import", "--stack", "dev", "--file", join(project.folder, file));
        const imported = await importFile("exported.json");
        expect(imported).toMatchObject({ exit: 0, stdout: "Import complete.\n" });
        expect(project.state()).toContain('"id":"moved-');
        project.write("exported.json", exported);
        await importFile("exported.json");

        const withPending = JSON.parse(exported) as { deployment: { resources: { urn: string }[] } };
        const [lost] = withPending.deployment.resources.filter(({ urn }) => urn.endsWith("::second"));
        const pending = [{ resource: { ...lost, id: undefined }, type: "creating" }];
        Object.assign(withPending.deployment, { pending_operations: pending });
        project.write("pending.json", JSON.stringify(withPending));
        await importFile("pending.json");
        expect((await project.refresh("--skip-pending-creates")).exit).toBe(0);
        expect(project.state()).toContain('"type":"creating"');
        await importFile("exported.json");

        project.write("foreign.json", exported.replaceAll("::story::", "::other::"));
        const foreign = await importFile("foreign.json");
        expect(foreign.exit).toBe(1);
        expect(foreign.text).toContain("belongs to another stack");
    });

    test("stack init selects, ls lists, and rm rejects a stack that still has resources", async () => {
        expect((await project.pulumi("stack init", "other")).text).toBe("Created stack 'other'\n");
        const listed = JSON.parse((await project.pulumi("stack ls", "--json")).stdout) as object[];
        expect(listed).toMatchObject([
            { name: "dev", current: false, resourceCount: 5 },
            { name: "other", current: true, resourceCount: 0 },
        ]);
        expect((await project.pulumi("stack rm", "dev", "--yes")).text).toContain(
            "'dev' still has resources; removal rejected",
        );
        expect(await project.pulumi("stack rm", "other", "--yes")).toMatchObject({ exit: 0 });
        expect(existsSync(join(project.folder, "Pulumi.other.yaml"))).toBe(false);
    });

    test("state delete requires confirmation, and rejects a resource with dependents", async () => {
        const [first, second] = ["first", "second"].map(
            (name) => project.state().match(`"urn":"(urn:[^"]+::${name})"`)?.[1] ?? "",
        ) as [string, string];
        const before = project.state();
        const refused = async (...args: string[]) => (await project.pulumi("state", ...args, "--stack", "dev")).text;
        expect(await refused("delete", second)).toMatch(
            /^error: this changes only the state of the stack 'dev', .* To confirm, pass --yes\.\n$/,
        );
        expect(await refused("delete", "--yes")).toMatch(/^error: pass either the URNs of the resources or --all\./);
        expect(await refused("delete", first, "--yes")).toBe(
            `error: ${first} can't be safely deleted because the following resources depend on it: "second" (${second}). Delete those first, or pass --target-dependents.\n`,
        );
        expect(await refused("unprotect", `${second}0`, "--yes")).toMatch(
            /^error: the state has no resource urn:.+::second0\./,
        );
        expect(project.state()).toBe(before);

        expect((await project.pulumi("state", "protect", second, "--yes", "--stack", "dev")).text).toBe(
            "1 resource protected\n",
        );
        expect(await refused("delete", second, "--yes")).toMatch(
            / because it is protected\. Pass --force to delete it anyway\.\n$/,
        );
        const { exit, text } = await project.pulumi("state", "delete", second, "--force", "--yes", "--stack", "dev");
        expect(text).toBe("Resource deleted\n");
        expect(exit).toBe(0);
        expect(project.state()).not.toContain(second);
        expect(project.things()).toEqual(["first", "second"]);
    });

    test("destroy deletes all resources and reports what remains; --remove also removes the stack", async () => {
        const { exit, text } = await project.destroy();
        expect(text).toMatch(/^ {4}- 3 deleted$/m);
        expect(text).toContain("run `npx pulumi-agb stack rm dev`");
        expect(exit).toBe(0);
        expect(project.things()).toEqual(["second"]);
        await project.pulumi("destroy", "--yes", "--remove", "--stack", "dev");
        expect((await project.refresh()).exit).toBe(6);
    });
});
