/** Programs and scripts of the guides, run as they are, and what the text around them says about the result. */
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines, type Engine } from "../support/engines";
import { Project } from "../support/project";
import { blockOf } from "./blocks";

const [engine] = engines as [Engine];
let agb: TestAgb;
let project: Project;
beforeEach(async () => {
    agb = await startTestAgb();
    project = new Project(engine, agb.env);
});
afterEach(async () => {
    project.remove();
    await agb.close();
});

/** Makes TypeScript of a guide the program of the project. */
function program(text: string): void {
    const { outputText } = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
    project.program(outputText.replace('"use strict";\n', ""));
}

describe("two sessions that write to one context", () => {
    it("keep the files of both as the guide shows, and trigger a warning as soon as the context exists", async () => {
        await project.init();
        program(`
const context = new agb.Context("work", { forceDestroy: true });
${blockOf("what-survives.md", "Two sessions that write to one context", "ts")}
export const ids = [context.id, one.id, two.id];`);
        const warning = 'Session "one" and Session "two" both upload /home/work';
        const first = await project.preview();
        expect(first.exit).toBe(0);
        expect(first.text).not.toContain(warning);
        expect((await project.up()).text).toContain(warning);

        const { ids } = (await project.outputs()) as { ids: [string, string, string] };
        const [contextId, one, two] = ids;
        await agb.writeFile(one, "/home/work/one.txt", "1");
        await agb.writeFile(two, "/home/work/two.txt", "2");
        await agb.release(one);
        await agb.release(two);
        expect(await agb.files(contextId)).toEqual(["/home/work/one.txt", "/home/work/two.txt"]);
    });
});
