/** The reference matches the sources, and the sources document everything. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { markdown } from "../../scripts/reference/markdown";
import { readPackage, root } from "../../scripts/reference/package";
import { provider } from "./sources";

const read = readPackage();

describe("docs/reference.md", () => {
    it("matches the sources", async () => {
        await expect(
            markdown(read),
            "docs/reference.md is not what the sources say. Run: npm run docs",
        ).toMatchFileSnapshot(join(root, "docs", "reference.md"));
    });

    it("lists every configuration key and environment variable that the provider reads", () => {
        const texts = provider().map((file) => readFileSync(file, "utf8"));
        const used = (pattern: RegExp) =>
            [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name)))].sort();
        const documented = (tag: string) => read.settings.properties.flatMap(({ doc }) => doc.tags[tag] ?? []).sort();
        expect(documented("key")).toEqual(used(/"(agb:\w+)"/g));
        expect(documented("env")).toEqual(used(/\benv\.(AGB_\w+)/g));
        const table = readFileSync(join(root, "README.md"), "utf8")
            .split("\n")
            .filter((line) => line.startsWith("| `agb:"));
        expect(table.map((row) => /^\| `(agb:\w+)`/.exec(row)?.[1]).sort()).toEqual(documented("key"));
        expect(table.flatMap((row) => /`(AGB_\w+)`/.exec(row)?.[1] ?? []).sort()).toEqual(documented("env"));
    });
});

describe("everything that the package exports", () => {
    const shapes = [...read.types, ...read.resources.flatMap((resource) => [resource, resource.inputs])];
    const callables = [
        ...read.functions,
        ...read.resources.flatMap(({ name, statics }) =>
            statics.map((each) => ({ ...each, name: `${name}.${each.name}` })),
        ),
    ];

    it("is documented, including each field", () => {
        const named = [
            ...[...shapes, ...callables, ...read.enumerations].map(({ name, doc }) => ({ name, doc })),
            ...shapes.flatMap((shape) =>
                shape.properties.map(({ name, doc }) => ({ name: `${shape.name}.${name}`, doc })),
            ),
        ];
        expect(named.length).toBeGreaterThan(50);
        expect(named.filter(({ doc }) => doc.text === "").map(({ name }) => name)).toEqual([]);
    });

    it("has an example if it is a resource, a static method or a function", () => {
        const withoutExample = [...read.resources, ...callables].filter(({ doc }) => doc.examples.length === 0);
        expect(withoutExample.map(({ name }) => name)).toEqual([]);
    });

    it("describes what can go wrong if it is a resource or a function", () => {
        const withoutError = [...read.resources, ...callables].filter(({ doc }) => doc.throws.length === 0);
        expect(withoutError.map(({ name }) => name)).toEqual([]);
    });
});
