/** What the README shows is what there is. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.resolve(__dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

describe("the README", () => {
    it("shows the quickstart as it is", () => {
        expect(read("README.md")).toContain(`\`\`\`ts\n${read("examples/quickstart/index.ts").trimEnd()}\n\`\`\``);
    });

    it("names only scripts that there are", () => {
        const readme = read("README.md");
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        for (const [, script = ""] of readme.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
            expect(Object.keys(scripts)).toContain(script);
    });
});
