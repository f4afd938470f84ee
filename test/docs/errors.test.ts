/** docs/errors.md explains every message of the provider, and no other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/reference/package";
import { messagesOf, shows } from "./messages";
import { provider } from "./sources";

interface Entry {
    heading: string;
    /** What a user sees, line by line. */
    shown: string[];
    text: string;
}

const messages = provider().flatMap(messagesOf);
const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
const entries: Entry[] = page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
        const text = section.split(/^## /m)[0] ?? "";
        return {
            heading: text.split("\n")[0] ?? "",
            text,
            shown: [...text.matchAll(/^```text\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.trim().split("\n")),
        };
    });

describe("docs/errors.md", () => {
    it("quotes every message in the sources of the provider", () => {
        expect(messages.length).toBeGreaterThan(80);
        const shown = entries.flatMap((entry) => entry.shown);
        const missing = messages
            .filter((message) => !shown.some((line) => shows(line, message)))
            .map((message) => message.join("…"));
        expect(missing, "each message needs an entry in docs/errors.md that shows it, with its cause and fix").toEqual(
            [],
        );
    });

    it("quotes no message that is not in the sources", () => {
        const unfounded = entries
            .flatMap(({ shown }) => shown)
            .filter((line) => !messages.some((message) => shows(line, message)));
        expect(unfounded).toEqual([]);
    });

    it("has a heading for each entry that its messages match, with cause and fix", () => {
        const incomplete = entries.filter(
            ({ heading, shown, text }) =>
                !shown.some((line) => line.includes(heading)) || !/^Cause: /m.test(text) || !/^Fix: /m.test(text),
        );
        expect(incomplete.map(({ heading }) => heading)).toEqual([]);
    });
});
