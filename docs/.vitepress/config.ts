/** The documentation site that `npm run docs:site` builds with VitePress: the pages of docs/, in the order in which they are read. */

/** What this file uses of markdown-it, which VitePress brings along. */
interface Token {
    type: string;
    content: string;
    children: Token[] | null;
    attrGet(name: string): string | null;
}
interface MarkdownIt {
    core: { ruler: { push(name: string, rule: (state: { tokens: Token[] }) => void): void } };
}

/** Files of the repository are not on the site, so links to them become plain text. */
function unlinkRepositoryFiles(md: MarkdownIt): void {
    md.core.ruler.push("unlink-repository-files", ({ tokens }) => {
        for (const { children } of tokens) {
            let isOutside = false;
            for (const token of children ?? []) {
                if (token.type === "link_open") isOutside = token.attrGet("href")?.startsWith("../") ?? false;
                if (isOutside && /^link_(?:open|close)$/.test(token.type)) {
                    token.type = "text";
                    token.content = "";
                }
            }
        }
    });
}

const sidebar = [
    {
        text: "Start",
        items: [
            { text: "Getting started", link: "/getting-started" },
            { text: "Concepts", link: "/concepts" },
            { text: "From a script", link: "/from-a-script" },
        ],
    },
    {
        text: "Guides",
        items: [
            { text: "Files and contexts", link: "/files" },
            { text: "Commands", link: "/commands" },
            { text: "Keep sandboxes alive", link: "/keeping-sandboxes-alive" },
            { text: "Pipelines", link: "/pipelines" },
            { text: "Testing", link: "/testing" },
            { text: "The client", link: "/client" },
            { text: "The command line", link: "/cli" },
            { text: "The local AGB", link: "/local-agb" },
        ],
    },
    {
        text: "Data and failures",
        items: [
            { text: "What happens to your data", link: "/what-survives" },
            { text: "Troubleshooting", link: "/troubleshooting" },
        ],
    },
    {
        text: "Reference",
        items: [
            { text: "Reference", link: "/reference" },
            { text: "Errors and warnings", link: "/errors" },
            { text: "Reliability", link: "/reliability" },
        ],
    },
];

export const config = {
    title: "pulumi-agb",
    description: "Pulumi provider for AGB cloud sandboxes",
    lang: "en",
    head: [["link", { rel: "icon", type: "image/svg+xml", href: "/favicon.svg" }]] satisfies [string, object][],
    outDir: "../site",
    cacheDir: "../node_modules/.cache/vitepress",
    // The records of decisions are for those who change the package.
    srcExclude: ["decisions/**"],
    markdown: { config: unlinkRepositoryFiles },
    themeConfig: {
        search: { provider: "local" },
        outline: { level: [2, 3] },
        nav: [
            { text: "Guide", link: "/getting-started" },
            { text: "Reference", link: "/reference" },
        ],
        sidebar,
    },
};

// VitePress reads its settings only from the default export.
export { config as default };
