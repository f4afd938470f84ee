/** Every link on a page has a target, including its anchor. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../scripts/reference/package";
import { pages } from "./sources";

const withoutCode = (text: string) => text.replace(/^```.*?^```/gms, "");

/** The anchors of a page's headings, as GitHub generates them. */
function anchors(file: string): Set<string> {
    const taken = new Map<string, number>();
    const headings = [...withoutCode(readFileSync(file, "utf8")).matchAll(/^#{1,6} (.+)$/gm)].map(
        ([, heading = ""]) => heading,
    );
    return new Set(
        headings.map((heading) => {
            const slug = heading
                .trim()
                .toLowerCase()
                .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
                .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
                .replace(/ /g, "-");
            const times = taken.get(slug) ?? 0;
            taken.set(slug, times + 1);
            return times === 0 ? slug : `${slug}-${times}`;
        }),
    );
}

function brokenLinks(file: string): string[] {
    const links = [
        ...withoutCode(readFileSync(file, "utf8"))
            .replace(/`[^`\n]*`/g, "")
            .matchAll(/\]\(([^)\s]+)\)/g),
    ].map(([, link = ""]) => link);
    return links.filter((link) => {
        if (/^https?:/.test(link)) return false;
        const [target = "", anchor] = link.split("#");
        const page = target === "" ? file : resolve(dirname(file), target);
        if (!existsSync(page)) return true;
        return anchor !== undefined && !anchors(page).has(decodeURIComponent(anchor));
    });
}

describe("links", () => {
    it.each(pages().map((file) => relative(root, file)))("of %s have a target", (file) => {
        expect(brokenLinks(join(root, file))).toEqual([]);
    });

    it("are found on the pages", () => {
        expect([...anchors(join(root, "docs", "reference.md"))]).toEqual(
            expect.arrayContaining(["session", "sessionargs", "outputs-of-session", "configuration"]),
        );
        expect(readFileSync(join(root, "docs", "reference.md"), "utf8").match(/\]\(#/g)?.length).toBeGreaterThan(30);
    });

    it("lead from the README to every page of docs/ but the home page of the site", () => {
        const readme = readFileSync(join(root, "README.md"), "utf8");
        const guides = pages()
            .filter((file) => dirname(file) === join(root, "docs") && basename(file) !== "index.md")
            .map((file) => relative(root, file));
        expect(guides.filter((guide) => !readme.includes(`](${guide})`))).toEqual([]);
    });
});
