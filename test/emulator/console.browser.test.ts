/** The console in Chromium. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { originLabels } from "../../provider/handlers/session/labels";
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
        // Shorter than a test may take, so a failure says what it waited for.
        context.setDefaultTimeout(60_000);
    });
    beforeEach(({ skip }) => skip(CHROMIUM === undefined, "Chromium is not installed"));
    afterEach(async () => {
        if (CHROMIUM === undefined) return;
        for (const page of context.pages().slice(1)) await page.close();
    });
    afterAll(async () => {
        if (CHROMIUM === undefined) return;
        await context.close();
        await rm(profile, { recursive: true, force: true });
    });

    /** Opens an address, after the one that has the token. */
    async function open(address = agb.consoleUrl, withToken?: string): Promise<Page> {
        problems.length = 0;
        const page = await context.newPage();
        page.on("pageerror", (error) => problems.push(error.message));
        page.on("request", (sent) => {
            if (!sent.url().startsWith(`${agb.endpoint}/`) && !sent.url().startsWith("data:")) {
                problems.push(`requested ${sent.url()}`);
            }
        });
        if (withToken !== undefined) await page.goto(withToken);
        await page.goto(address);
        return page;
    }

    it("shows sessions by their Pulumi name with their mounts, syncs them, and releases them after a question", async () => {
        const contextId = await createContext("memory");
        const page = await open();
        await page.getByText("No running sessions").waitFor();
        await page.getByText("npx pulumi-agb up").waitFor();
        const sessionId = await createSession([{ contextId, path: "/home/memory" }], {
            ...originLabels({ project: "agents", stack: "dev", name: "assistant" }),
            purpose: "<b>agent</b>",
        });
        const card = page.getByRole("article", { name: "assistant" });
        await card.getByText("download success").waitFor();
        const text = await card.innerText();
        expect(text).toMatch(/assistant\s+running[^]*agents \/ dev\s+session-[^]*agb-code-space-1/);
        expect(text).toMatch(/purpose: <b>agent<\/b>[^]*\/home\/memory[^]*memory/);
        expect(text).not.toContain("pulumi-");
        agb.faults.push({ call: "SyncContext", kind: "fail", probability: 1 });
        await call("POST", `/sdk/SyncContext?sessionId=${sessionId}`);
        await card.getByText("upload failed").waitFor();
        await card.getByRole("button", { name: "Sync now" }).click();
        await card.getByText("upload success").waitFor();

        await card.getByRole("button", { name: "Release" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
        expect(await call("POST", "/mcp/getSession", { sessionId })).toMatchObject({ status: "RUNNING" });
        await card.getByRole("button", { name: "Release" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Release" }).click();
        await card.waitFor({ state: "detached" });

        await page.getByRole("link", { name: "Timeline" }).click();
        const events = page.locator("section:not([hidden]) li");
        await page.getByText("Session ended").waitFor();
        expect(await events.locator("strong").allTextContents()).toEqual([
            "Session ended",
            "Upload finished",
            "Release requested",
            "Upload finished",
            "Upload failed",
            "Download finished",
            "Session created",
        ]);
        await page.getByRole("checkbox", { name: "Only failures" }).check();
        await page.getByText("1 of 7").waitFor();
        expect(await events.innerText()).toContain("the sync failed (injected fault)");
        expect(problems).toEqual([]);
    });

    it("shows the files of a context by folder, using only the keyboard", async () => {
        const contextId = await createContext("memory");
        await put(contextId, "/home/notes/a & b.txt", "x".repeat(2048));
        const page = await open();
        await page.getByRole("link", { name: "Contexts" }).press("Enter");
        await page.getByText("1 file, 2.0 KB").waitFor();
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
        await put(contextId, "/home/notes/later.txt", "y");
        await page.getByText("later.txt").waitFor();
        expect(await focused(page)).toBe("SUMMARY notes/");
        await page.keyboard.press("Tab");
        await page.keyboard.press("Enter");
        await page.getByRole("dialog").getByText("x".repeat(2048)).waitFor();
        expect(await focused(page)).toBe("BUTTON Close");
        await page.keyboard.press("Escape");
        expect(await focused(page)).toBe("BUTTON a & b.txt");
        await call("POST", `/sdk/DeleteContext?id=${contextId}`);
        await page.getByText("No contexts yet").waitFor();
        expect(problems).toEqual([]);
    });

    it("downloads a file, deletes it after a question, and shows its name and content as text", async () => {
        const contextId = await createContext("memory");
        const name = "<img src=x onerror=alert(1)>.html";
        const content = "<script>alert(2)</script>";
        await put(contextId, `/${name}`, content);
        const page = await open(`${agb.endpoint}/#contexts/${contextId}`, agb.consoleUrl);
        page.on("dialog", (dialog) => problems.push(dialog.message()));
        const file = page.getByRole("listitem").filter({ hasText: name });
        await file.getByRole("button", { name: "View" }).or(file.getByText(name)).first().click();
        await page.getByRole("dialog").getByText(content).waitFor();
        await page.keyboard.press("Escape");
        const [download] = await Promise.all([
            page.waitForEvent("download"),
            file.getByRole("button", { name: "Download" }).click(),
        ]);
        expect(readFileSync(await download.path(), "utf8")).toBe(content);
        expect(download.suggestedFilename()).toContain("onerror=alert(1)");
        await file.getByRole("button", { name: "Delete" }).click();
        expect(await page.getByRole("dialog").innerText()).toContain(`/${name} is deleted from the context memory.`);
        await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
        await page.getByText("No files.").waitFor();
        expect(problems).toEqual([]);
    });

    it("shows commands and requests with their details, and filters them", async () => {
        const sessionId = await createSession([], originLabels({ name: "assistant" }));
        const shell = (command: string) =>
            call("POST", "/mcp", { sessionId, name: "shell", args: JSON.stringify({ command, timeout_ms: 20_000 }) });
        await shell("echo one; echo '<i>two</i>' >&2; exit 3");
        await shell("echo another");
        await call("GET", "/sdk/GetContext?id=SdkCtx-none");
        const page = await open(`${agb.endpoint}/#commands/${sessionId}`, agb.consoleUrl);
        const entries = page.locator("section:not([hidden]) .entry");
        await entries.nth(1).waitFor();
        await page.getByRole("searchbox", { name: "Filter" }).fill("echo one");
        await page.getByText("1 of 2").waitFor();
        await entries.locator("summary").click();
        await entries.getByText("Errors").or(entries.getByText("sandbox")).first().waitFor();
        expect(await entries.innerText()).toContain("assistant");

        await page.getByRole("link", { name: "Requests" }).click();
        await entries.first().waitFor();
        expect(await entries.first().innerText()).toMatch(/400 InvalidContext[^]*GET \/sdk\/GetContext/);
        await entries.first().locator("summary").click();
        // The entry stays open while others appear above it.
        await call("GET", "/sdk/ListContexts");
        await page.getByText("GET /sdk/ListContexts").waitFor();
        expect(await page.locator("section:not([hidden]) .entry[open]").innerText()).toMatch(
            /context SdkCtx-none not found[^]*id\s+SdkCtx-none/,
        );
        await page.getByRole("checkbox", { name: "Only failures" }).check();
        await page.getByText("1 of 5").waitFor();
        expect(problems).toEqual([]);
    });

    it("injects a fault and removes it", async () => {
        const page = await open(`${agb.endpoint}/#faults`, agb.consoleUrl);
        await page.getByText("No faults are injected").waitFor();
        await page.getByRole("combobox", { name: "Call" }).selectOption("GetContext");
        await page.getByRole("combobox", { name: "Kind" }).selectOption("delay[=MS]");
        await page.getByRole("textbox", { name: "Value" }).fill("5");
        await page.getByRole("spinbutton", { name: "Times" }).fill("2");
        await page.getByText("--fault GetContext:delay=5:1:2").waitFor();
        await page.getByText("takes effect and responds after a delay").waitFor();
        await page.getByRole("button", { name: "Inject fault" }).click();
        await page.getByText("2 more times").waitFor();
        expect(agb.faults).toEqual([{ call: "GetContext", kind: "delay=5", probability: 1, count: 2 }]);
        await page.getByRole("button", { name: "Remove" }).click();
        await page.getByText("No faults are injected").waitFor();
        expect(agb.faults).toEqual([]);
        expect(problems).toEqual([]);
    });

    it("hides its token, survives a reload, and explains how to open it without the token", async () => {
        const page = await open();
        await page.locator(".live").waitFor();
        expect(page.url()).toBe(`${agb.endpoint}/`);
        expect(await page.content()).not.toContain(consoleToken());
        await page.reload();
        await page.locator(".live").waitFor();
        const stranger = await open(`${agb.endpoint}/`);
        await stranger.getByRole("alert").waitFor();
        expect(await stranger.getByRole("alert").innerText()).toContain(
            "Open the console with the address that the local AGB printed",
        );
    });

    it("follows the system's dark mode until the switch changes it, and is readable in both modes", async () => {
        await createSession([{ contextId: await createContext("memory"), path: "/home/memory" }]);
        const page = await open();
        const background = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
        const toggle = page.getByRole("switch", { name: "Dark mode" });
        const backgrounds: string[] = [];
        for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            // The page learns of the change a moment later.
            await expect.poll(() => toggle.getAttribute("aria-checked")).toBe(String(colorScheme === "dark"));
            await page.getByText("download success").waitFor();
            backgrounds.push(await background());
            for (const selector of ["h1", "h2", "h3", ".facts", ".tag.good", ".count", "nav a", "button"]) {
                expect(await contrast(page, selector), `${selector} in ${colorScheme}`).toBeGreaterThanOrEqual(4.5);
            }
        }
        expect(backgrounds[0]).not.toBe(backgrounds[1]);
        await toggle.click();
        expect(await background()).toBe(backgrounds[0]);
        await page.reload();
        expect(await background()).toBe(backgrounds[0]);
        expect(await toggle.getAttribute("aria-checked")).toBe("false");
        await toggle.click();
        expect(await background()).toBe(backgrounds[1]);
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
        for (const view of ["Sessions", "Contexts", "Timeline", "Commands", "Requests", "Faults"]) {
            await page.getByRole("link", { name: view }).first().click();
            await page.getByRole("heading", { name: view }).waitFor();
            const width = await page.evaluate<number>("document.documentElement.scrollWidth");
            expect(width, view).toBeLessThanOrEqual(360);
        }
    });

    it("reports when the local AGB stops, and recovers when it is back", async () => {
        const page = await open();
        await page.locator(".live").waitFor();
        const port = Number(new URL(agb.endpoint).port);
        await agb.close();
        await page.getByText("The local AGB is not responding").waitFor();
        await startOnPort(port);
        // It has another data folder, and so another token.
        await page.getByText("Open the console with the address").waitFor();
        await page.goto(agb.consoleUrl);
        await page.locator(".live").waitFor();
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
