/** The README shows the quickstart and the scripts that exist. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("the README", () => {
    it("shows the source of the quickstart", () => {
        expect(read("README.md")).toContain(`\`\`\`ts\n${read("examples/quickstart/index.ts").trimEnd()}\n\`\`\``);
    });

    it("names only scripts that exist", () => {
        const readme = read("README.md");
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        for (const [, script = ""] of readme.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
            expect(Object.keys(scripts)).toContain(script);
        }
    });
});
