/** What the command reports about a stack, its history and its backend. */
import { readdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { relativeTime } from "../../cli/relativeTime";
import { InProcessProject } from "./inProcess";

let project: InProcessProject;
const show = async (command: string, ...args: string[]): Promise<string> => {
    const { exit, text } = await project.pulumi(command, ...args);
    expect(exit, text).toBe(0);
    return text;
};
beforeAll(async () => {
    project = new InProcessProject();
    project.program(`
        const group = new Group("group");
        new Thing("inner", { token: config.getSecret("token") }, { parent: group });
        exports.token = config.getSecret("token");
    `);
    await show("stack init", "dev");
});
afterAll(() => project.remove());

test("a stack without an update says so", async () => {
    const text = await show("stack");
    expect(text).toMatch(/^Current stack is dev:\n {4}Managed by \S+\n {4}No updates yet; run `npx pulumi-agb up`\n/);
    expect(text).toContain("Current stack resources (0):\n    No resources currently in this stack\n");
    expect(await show("stack history")).toBe("Stack has never been updated\n");
    expect(await show("stack history", "--json")).toBe("[]\n");
});

describe("after an update", () => {
    beforeAll(async () => {
        await show("config set", "--secret", "token", "hush-hush");
        await show("config set", "--path", "sizes[0]", "3");
        await show("up", "--yes", "--skip-preview", "--message", "the first");
    });

    test("stack shows the resources as a tree, and the outputs", async () => {
        const text = await show("stack");
        expect(text).toMatch(/^ {4}Last updated: (now|\d+ seconds? ago) \(\S+\)$/m);
        expect(text).toContain(`Current stack resources (4):
    TYPE                                    NAME
    pulumi:pulumi:Stack                     story-dev
    ├─ test:index:Group                     group
    │  └─ pulumi-nodejs:dynamic/test:Thing  inner
    └─ pulumi:providers:pulumi-nodejs       default

Current stack outputs (1):
    OUTPUT  VALUE
    token   [secret]
`);
        expect(await show("stack", "--show-secrets")).toMatch(/^ {4}token {3}hush-hush$/m);
        const detailed = await show("stack", "--show-ids", "--show-urns");
        expect(detailed).toMatch(/^ {4}│ {12}URN: urn:pulumi:dev::story::test:index:Group\$.*::inner$/m);
        expect(detailed).toMatch(/^ {4}│ {12}ID: inner-\d+$/m);
        expect(await show("stack", "--show-name")).toBe("dev\n");
    });

    test("history lists the updates, latest first, in pages", async () => {
        await show("refresh", "--yes", "--skip-preview", "--message", "the second");
        const text = await show("stack history");
        expect(text).toMatch(/^Version: 0\nUpdateKind: refresh\nStatus: succeeded\nMessage: the second\n/);
        expect(text).toMatch(/^\+3 -0 ~0 0 unchanged\. Updated (now|\d+ seconds? ago), took \d+s$/m);
        expect(await show("stack hist", "--page-size", "1", "--page", "2", "--full-dates")).toMatch(
            /^Version: 0\nUpdateKind: update\n.*\nMessage: the first\n\+3 .* Updated \d{4}-\d\d-\d\dT\S+, took /,
        );
        expect(await show("stack history", "--page", "3")).toBe("No stack updates found on page '3'\n");
    });

    test("history prints JSON like the pulumi command, with secrets only on request", async () => {
        const [, first] = JSON.parse(await show("stack history", "--json")) as object[];
        const sizes = { value: "[3]", objectValue: [3], secret: false };
        expect(first).toMatchObject({
            version: 0,
            kind: "update",
            message: "the first",
            environment: { "exec.kind": "pulumi-agb" },
            config: { "story:token": { secret: true }, "story:sizes": sizes },
            result: "succeeded",
            resourceChanges: { create: 3 },
        });
        expect(first).not.toHaveProperty(["config", "story:token", "value"]);
        const shown = JSON.parse(await show("stack history", "--json", "--show-secrets")) as object[];
        expect(shown[0]).toMatchObject({ config: { "story:token": { value: "hush-hush", secret: true } } });
    });

    test("a damaged entry of the history is an error with its file", async () => {
        const folder = join(project.folder, ".backend/.pulumi/history/story/dev");
        const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".history.json"));
        writeFileSync(join(folder, file), "{");
        const { exit, text } = await project.pulumi("stack history");
        expect(text).toMatch(/^error: the history file \S+\.history\.json cannot be read: .*\n$/);
        expect(exit).toBe(1);
    });
});

test("an unknown subcommand and a stack that does not exist are errors", async () => {
    expect(await project.pulumi("stack nope")).toMatchObject({ exit: 1, text: "error: unknown command 'nope'\n" });
    for (const command of ["stack", "stack history"]) {
        expect(await project.pulumi(command, "--stack", "gone")).toMatchObject({ exit: 6 });
    }
});

test("whoami prints the user of the operating system, and version that of the package", async () => {
    const user = userInfo().username;
    const url = project.env.PULUMI_BACKEND_URL;
    expect(await show("whoami")).toBe(`${user}\n`);
    expect(await show("whoami", "--verbose")).toContain(`User: ${user}\nOrganizations: \nBackend URL: ${url}\n`);
    expect(JSON.parse(await show("whoami", "--json"))).toEqual({ user, url });
    expect(await show("version")).toBe(await show("--version"));
});

test("times are rounded down to the largest unit", () => {
    const ago = (seconds: number) => relativeTime(new Date(0), new Date(seconds * 1000));
    expect([0.5, 1, 59, 60, 7199, 86_400, 8 * 86_400, 400 * 86_400].map(ago)).toEqual([
        "now",
        "1 second ago",
        "59 seconds ago",
        "1 minute ago",
        "1 hour ago",
        "1 day ago",
        "1 week ago",
        "1 year ago",
    ]);
});
