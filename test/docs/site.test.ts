/** The site's sidebar lists every page of docs/ once, by its title. `npm run docs:site` builds the site. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { config } from "../../docs/.vitepress/config";
import { root } from "../../scripts/reference/package";

const docs = join(root, "docs");

it("has the icon that its pages name", () => {
    expect(config.head).toContainEqual(["link", expect.objectContaining({ rel: "icon", href: "/favicon.svg" })]);
    expect(readFileSync(join(docs, "public", "favicon.svg"), "utf8")).toMatch(/^<svg /);
});

it("the sidebar of the site lists every page, by its title", () => {
    const pages = readdirSync(docs)
        .filter((file) => file.endsWith(".md") && file !== "index.md")
        .map((file) => ({
            link: `/${file.replace(/\.md$/, "")}`,
            text: /^# (.*)$/m.exec(readFileSync(join(docs, file), "utf8"))?.[1],
        }));
    const listed = config.themeConfig.sidebar.flatMap(({ items }) => items);
    const byLink = (a: { link: string }, b: { link: string }) => (a.link < b.link ? -1 : 1);
    expect([...listed].sort(byLink)).toEqual(pages.sort(byLink));
});
