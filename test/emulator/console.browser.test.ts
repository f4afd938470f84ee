/** The console in Chromium. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
    agb,
    call,
    createContext,
    createSession,
    consoleToken,
    put,
    startOnPort,
    serveEachTest,
} from "./consoleServer";

serveEachTest();

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

describe("the console in Chromium", () => {
    let profile: string;
    let context: BrowserContext;
    const problems: string[] = [];
    beforeAll(async () => {
        if (CHROMIUM === undefined) return;
        profile = await mkdtemp(join(tmpdir(), "agb-chromium-"));
        context = await chromium.launchPersistentContext(profile, {
            executablePath: CHROMIUM,
            args: FLAGS,
            colorScheme: "light",
            locale: "en-GB",
        });
    });
    beforeEach(({ skip }) => skip(CHROMIUM === undefined, "Chromium is not installed"));
    afterAll(async () => {
        if (CHROMIUM === undefined) return;
        await context.close();
        await rm(profile, { recursive: true, force: true });
    });

    async function open(address = agb.consoleUrl): Promise<Page> {
        problems.length = 0;
        const page = await context.newPage();
        page.on("pageerror", (error) => problems.push(error.message));
        page.on("request", (sent) => {
            if (!sent.url().startsWith(`${agb.endpoint}/`) && !sent.url().startsWith("data:")) {
                problems.push(`requested ${sent.url()}`);
            }
        });
        await page.goto(address);
        return page;
    }

    it("shows sessions with their mounts and sync states, and updates them", async () => {
        const contextId = await createContext("memory");
        const page = await open();
        await page.getByText("No running sessions").waitFor();
        const sessionId = await createSession([{ contextId, path: "/home/memory" }], { purpose: "<b>agent</b>" });
        const card = page.getByRole("article", { name: sessionId });
        await card.getByText("download success").waitFor();
        expect(await card.innerText()).toMatch(
            /running[^]*agb-code-space-1[^]*purpose: <b>agent<\/b>[^]*\/home\/memory[^]*memory · SdkCtx-/,
        );
        agb.faults.push({ call: "SyncContext", kind: "fail", probability: 1 });
        await call("POST", `/sdk/SyncContext?sessionId=${sessionId}`);
        await card.getByText("upload failed").waitFor();
        await call("POST", "/mcp/releaseSession", { sessionId });
        await card.waitFor({ state: "detached" });
        expect(problems).toEqual([]);
        await page.close();
    });

    it("shows the files of a context by folder, using only the keyboard", async () => {
        const contextId = await createContext("memory");
        await put(contextId, "/home/notes/a & b.txt", "x".repeat(2048));
        const page = await open();
        await page.getByText("memory", { exact: true }).waitFor();
        // From any focused element, Tab reaches the next folder and Enter opens it.
        for (const folder of ["memory", "home/", "notes/"]) {
            await page.getByText(folder, { exact: true }).waitFor();
            for (let tabs = 0; !(await focused(page)).startsWith(`SUMMARY ${folder}`); tabs += 1) {
                expect(tabs, `reaching ${folder}`).toBeLessThan(10);
                await page.keyboard.press("Tab");
            }
            await page.keyboard.press("Enter");
        }
        await page.getByText("a & b.txt").waitFor();
        expect(await page.locator(".file").innerText()).toContain("2.0 KB");
        await put(contextId, "/home/notes/later.txt", "y");
        await page.getByText("later.txt").waitFor();
        expect(await focused(page)).toBe("SUMMARY notes/");
        await call("POST", `/sdk/DeleteContext?id=${contextId}`);
        await page.getByText("No contexts yet").waitFor();
        expect(problems).toEqual([]);
        await page.close();
    });

    it("shows recent requests, including failed ones, newest first", async () => {
        await createContext("one");
        await call("GET", "/sdk/GetContext?id=SdkCtx-none");
        const page = await open();
        const rows = page.locator("tbody tr");
        await rows.first().waitFor();
        expect(await rows.first().innerText()).toMatch(/GET \/sdk\/GetContext[^]*400 InvalidContext/);
        expect(await rows.count()).toBe(2);
        await call("GET", "/sdk/ListContexts");
        await page.getByText("GET /sdk/ListContexts").waitFor();
        await page.close();
    });

    it("hides its token, survives a reload, and explains how to open it without the token", async () => {
        const page = await open();
        await page.locator(".live").waitFor();
        expect(page.url()).toBe(`${agb.endpoint}/`);
        expect(await page.content()).not.toContain(consoleToken());
        await page.reload();
        await page.locator(".live").waitFor();
        await page.close();
        const stranger = await open(`${agb.endpoint}/`);
        await stranger.getByRole("alert").waitFor();
        expect(await stranger.getByRole("alert").innerText()).toContain(
            "Open the console with the URL that the local AGB printed",
        );
        await stranger.close();
    });

    it("follows the system's dark mode and is readable in both modes", async () => {
        await createSession([{ contextId: await createContext("memory"), path: "/home/memory" }]);
        const page = await open();
        const backgrounds: string[] = [];
        for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            await page.getByText("download success").waitFor();
            backgrounds.push(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"));
            for (const selector of ["h1", "h2", "h3", ".facts", ".tag.good", ".id", "td"]) {
                expect(await contrast(page, selector), `${selector} in ${colorScheme}`).toBeGreaterThanOrEqual(4.5);
            }
        }
        expect(backgrounds[0]).not.toBe(backgrounds[1]);
        await page.close();
    });

    it("fits on a narrow screen", async () => {
        await createSession(
            [
                {
                    contextId: await createContext("a-context-with-quite-a-long-name-that-does-not-end"),
                    path: "/home/a/rather/long/path/to/some/folder",
                },
            ],
            { label: "with a value of some length" },
        );
        const page = await open();
        await page.setViewportSize({ width: 360, height: 700 });
        await page.getByText("download success").waitFor();
        expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
        await page.close();
    });

    it("reports when the local AGB stops, and recovers when it is back", async () => {
        const page = await open();
        await page.locator(".live").waitFor();
        const port = Number(new URL(agb.endpoint).port);
        await agb.close();
        await page.getByText("The local AGB is not responding").waitFor();
        await startOnPort(port);
        // It has another data folder, and so another token.
        await page.getByText("Open the console with the URL").waitFor();
        await page.goto(agb.consoleUrl);
        await page.locator(".live").waitFor();
        await page.close();
    });
});

/** The focused element: its tag and text. */
function focused(page: Page): Promise<string> {
    return page.evaluate<string>("`${document.activeElement.tagName} ${document.activeElement.textContent}`");
}

/** The contrast ratio of an element's text, as defined by the accessibility guidelines (WCAG). */
async function contrast(page: Page, selector: string): Promise<number> {
    const colors = await page.evaluate<string[]>(`(() => {
        const element = document.querySelector(${JSON.stringify(selector)});
        let behind = element;
        while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
        return [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
    })()`);
    const [dark = 0, light = 0] = colors.map(luminance).sort((one, other) => one - other);
    return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
    const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? [])
        .map((part) => Number(part) / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
