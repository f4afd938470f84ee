/** File patterns, compared with a reference matcher. */
import fc from "fast-check";
import picomatch from "picomatch";
import { expect, it } from "vitest";
import { matcher, patternProblem } from "../../provider/handlers/files/patterns";
import { cpuMs } from "../support/cpuTime";

const RUNS = Number(process.env.RUNS ?? 2000);

it.each([
    ["src", "src/a.ts", true],
    ["src/", "src/a/b.ts", true],
    ["src/**", "src/a/b.ts", true],
    ["src/**", "src", false],
    ["*/**", "a.ts", false],
    ["src", "srcs/a.ts", false],
    ["src", "lib/src/a.ts", false],
    ["**/src", "lib/src/a.ts", true],
    ["*.ts", "a.ts", true],
    ["*.ts", "src/a.ts", false],
    ["**/*.ts", "a.ts", true],
    ["src/**/*.ts", "src/a/b/c.ts", true],
    ["**", ".env", true],
    ["?.md", "a.md", true],
    ["a+(b).txt", "a+(b).txt", true],
    ["a+(b).txt", "abb.txt", false],
])("%s and %s: %s", (pattern, file, expected) => {
    expect(matcher([pattern])(file)).toBe(expected);
});

it("matches what any pattern matches, and nothing without patterns", () => {
    expect(matcher(["a", "b"])("b")).toBe(true);
    expect(matcher([])("a")).toBe(false);
});

it.each([
    ["many wildcards in a name", "*a*a*a*a*a*a*a*a*b", "a".repeat(2000)],
    ["many folder wildcards", `${"**/".repeat(12)}*.ts`, `${"a/".repeat(200)}a.js`],
    ["both", `${"**/*a*a/".repeat(8)}b`, `${"aaaaaaaaaaaaaaaaaaaa/".repeat(100)}c`],
])("takes no longer for %s than the lengths explain", (_, pattern, file) => {
    expect(cpuMs(() => expect(matcher([pattern])(file)).toBe(false))).toBeLessThan(500);
});

it("counts a character outside the basic plane as one", () => {
    expect(matcher(["?.md"])("🌱.md")).toBe(true);
});

it("agrees with picomatch on every pattern of the wildcards *, ? and **", () => {
    // The reference matcher has its own rules for names that end in a dot, and for whether `a/**` is `a` too.
    const name = fc.stringMatching(/^[ab.]{0,2}[ab]$/);
    const file = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const part = fc.oneof(
        { weight: 1, arbitrary: fc.constant("**") },
        { weight: 4, arbitrary: fc.stringMatching(/^[ab.?*]{1,3}$/).filter((text) => !/^\.+$|\*\*/.test(text)) },
    );
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
    console.log(`patterns: SEED=${seed} RUNS=${RUNS}`);
    fc.assert(
        fc.property(pattern, file, (given, path) => {
            expect(patternProblem(given)).toBeUndefined();
            // A pattern that names a folder matches its contents.
            const named = path
                .split("/")
                .map((_, i, parts) => parts.slice(0, i + 1).join("/"))
                .some((upTo) => picomatch(given.replace(/\/\*\*$/, "/**/*"), { dot: true })(upTo));
            expect(matcher([given])(path)).toBe(named);
        }),
        { numRuns: RUNS, seed },
    );
});

it.each(["*.{js,ts}", "[ab]", "!a", "a\\b", "/a", "../a", "a/../b", "./a", "a//b", "."])(
    "rejects %s with a reason",
    (pattern) => {
        expect(patternProblem(pattern)).toMatch(
            /^".+" (?:contains a character that patterns do not support|must be relative to source)/,
        );
    },
);
