/** What the engine does not support is refused by name, with the way out, and nothing is deployed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ThingsProject } from "./thingsProject";

let project: ThingsProject;
beforeAll(async () => (project = await new ThingsProject().init()));
afterAll(() => project.remove());

test.each([
    [
        "resource hooks",
        'new Thing("a", {}, { hooks: { afterCreate: [new pulumi.ResourceHook("h", () => undefined)] } });',
    ],
    ["error hooks", 'new Thing("a", {}, { hooks: { onError: [new pulumi.ErrorHook("h", () => false)] } });'],
    ["invoke transforms", 'pulumi.runtime.registerInvokeTransform(() => undefined); new Thing("a");'],
])("%s", async (feature, program) => {
    project.program(program);
    const { exit, text } = await project.up();
    expect(text).toContain(
        `error: the embedded engine does not support ${feature}; deploy with the pulumi command instead.`,
    );
    expect(exit).toBe(1);
    expect(project.things()).toEqual([]);
});
