/** `--target` and `--exclude` next to resources that take no part in the deployment. */
import { afterAll, describe, expect, test } from "vitest";
import type { DeploymentOptions } from "../../engine/model/request";
import type { ResourceState } from "../../engine/model/types";
import { makeUrn } from "../../engine/model/urn";
import { PriorState } from "../../engine/plan/priorState";
import { Targets } from "../../engine/plan/targets/targets";
import { ThingsProject } from "./thingsProject";

const OPTIONS: DeploymentOptions = {
    ...{ parallel: 1, refresh: false, continueOnError: false, clearPendingCreates: false },
    ...{ targets: [], targetDependents: false, excludes: [], excludeDependents: false },
    ...{ excludeProtected: false, replace: [] },
};
const state = (name: string, ...dependencies: string[]): ResourceState => ({
    ...{ urn: name, type: "test:index:Thing", custom: true, id: name },
    ...{ dependencies },
});

describe("what --exclude keeps from deletion", () => {
    // d needs b and c; f needs e; e and b need a.
    const prior = new PriorState([
        ...[state("a"), state("b", "a"), state("c"), state("d", "b", "c"), state("e", "a"), state("f", "e")],
        ...[state("g", "c"), state("h")],
    ]);
    const kept = (options: Partial<DeploymentOptions>): string[] => {
        const mayDelete = new Targets({ ...OPTIONS, ...options }).deletable(prior);
        return prior.resources.filter((each) => !mayDelete(each)).map(({ urn }) => urn);
    };

    test("the resource and what it needs", () => {
        expect(kept({ excludes: ["d"] })).toEqual(["a", "b", "c", "d"]);
    });

    test("with --exclude-dependents, also what depends on any of these, and what that needs", () => {
        expect(kept({ excludes: ["b"], excludeDependents: true })).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
        expect(kept({ excludes: ["h"], excludeDependents: true })).toEqual(["h"]);
    });
});

const project = new ThingsProject();
afterAll(() => project.remove());

test("an untargeted resource keeps its explicit provider, so a program without it is refused", async () => {
    const b = makeUrn("dev", "story", undefined, "pulumi-nodejs:dynamic/test:Thing", "b");
    const program = (value: number): string => `
        class P extends pulumi.ProviderResource { constructor(name) { super("pulumi-nodejs", name, {}); } }
        new Thing("a", {}, { provider: new P("p") }); new Thing("b", { value: ${value} });`;
    await project.init();
    project.program(program(1));
    expect(await project.up()).toMatchObject({ exit: 0 });

    project.program('new Thing("a"); new Thing("b", { value: 2 });');
    const { exit, text } = await project.up("--target", b);
    expect(text).toMatch(
        /error: provider \S+::p::\S+ for resource \S+::a has not been registered yet, this is due to a change of providers mixed with --target. Change your program back to the original providers/,
    );
    expect(exit).toBe(1);

    project.program(program(2));
    expect(await project.up("--target", b)).toMatchObject({ exit: 0 });
    expect(await project.up("--expect-no-changes")).toMatchObject({ exit: 0 });
});

test("nothing may depend on a new resource that --exclude leaves out, unless its dependents are excluded too", async () => {
    const excluded = makeUrn("dev", "story", undefined, "pulumi-nodejs:dynamic/test:Thing", "new");
    project.program('new Thing("a"); new Thing("b"); new Thing("after", {}, { dependsOn: [new Thing("new")] });');
    const { exit, text } = await project.up("--exclude", excluded);
    expect(text).toMatch(/error: Resource '\S+::after' depends on '\S+::new' which is excluded with --exclude\./);
    expect(exit).toBe(1);
    expect(project.things()).not.toContain("after");
    expect(project.state()).not.toContain("::after");

    expect(await project.up("--exclude", excluded, "--exclude-dependents")).toMatchObject({ exit: 0 });
    expect(project.things()).not.toContain("after");
});

test("destroy has no --exclude-dependents", async () => {
    const { exit, text } = await project.destroy("--exclude-dependents");
    expect(text).toContain("unknown option '--exclude-dependents'");
    expect(exit).not.toBe(0);
    expect(project.things()).toEqual(["a", "b"]);
});
