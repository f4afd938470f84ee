/** The words of sources, messages and guides: plain English, without the idioms that read as translated. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(__dirname, "../..");

const IDIOMS = [
    "what there is",
    "where there (?:is|are) (?:one|none|no)",
    "nobody",
    "whoever",
    "any more(?! than)",
    "anew",
    "hands? (?:that one )?out",
    "as far as",
    "in the place of",
    "of which",
    "ahead",
    "bears?",
    "tells?",
    "told",
    "stands?",
    "goes",
    "takes? (?:the lock )?away",
    "besides?",
    "half made",
];
const WORDING = new RegExp(`\\b(?:${IDIOMS.join("|")})\\b`, "gi");

/** Text files of the project that people read, except this one and what the real engine and generators wrote. */
function readableFiles(): string[] {
    const files = execFileSync(
        "git",
        ["ls-files", "-co", "--exclude-standard", "*.ts", "*.mjs", "*.js", "*.cjs", "*.md", "*.html"],
        { cwd: root },
    );
    return files
        .toString()
        .split("\n")
        .filter((file) => file !== "" && !file.includes("/recordings/") && file !== "test/docs/wording.test.ts");
}

test("no text uses an idiom that reads as translated", () => {
    const found = readableFiles().flatMap((file) =>
        readFileSync(join(root, file), "utf8")
            .split("\n")
            .flatMap((line, index) => (line.match(WORDING) ?? []).map((idiom) => `${file}:${index + 1}: "${idiom}"`)),
    );
    expect(found).toEqual([]);
});
