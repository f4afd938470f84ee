/** The settings of the client: where they come from, and which are refused before any request is sent. */
import { describe, expect, it } from "vitest";
import { resolveSettings, settingsProblem } from "../../provider/agb";
import { configKeyProblem, nearestConfigKey } from "../../provider/agb/configKeys";

describe("settings", () => {
    it("come from the arguments, then the environment, then the defaults", async () => {
        expect(await resolveSettings({ apiKey: "k" }, {})).toEqual({
            endpoint: "https://sdk-api.agb.cloud",
            apiKey: "k",
            timeoutMs: 60000,
        });
        expect(
            await resolveSettings({}, { AGB_API_KEY: "e", AGB_ENDPOINT: "agb.example/", AGB_TIMEOUT_MS: "5000" }),
        ).toEqual({ endpoint: "https://agb.example", apiKey: "e", timeoutMs: 5000 });
        expect(
            await resolveSettings(
                { apiKey: "k", endpoint: "http://127.0.0.1:8080" },
                { AGB_API_KEY: "e", AGB_ENDPOINT: "other" },
            ),
        ).toMatchObject({ endpoint: "http://127.0.0.1:8080", apiKey: "k" });
    });

    it("are rejected with a fix before any request is sent", () => {
        expect(settingsProblem({}, {})).toMatch(/^there is no API key for AGB\./);
        expect(settingsProblem({ endpoint: "local" }, {})).toBeUndefined();
        expect(settingsProblem({ apiKey: "k", endpoint: "http://agb.example" }, {})).toMatch(
            /would send the API key in the clear\. Use https/,
        );
        expect(settingsProblem({ apiKey: "k", endpoint: "https://" }, {})).toMatch(/is not a valid URL/);
        expect(settingsProblem({ apiKey: "k", timeoutMs: "soon" }, {})).toMatch(
            /agb:timeoutMs .+ "soon": specify milliseconds/,
        );
        expect(settingsProblem({ apiKey: "se cret" }, {})).not.toContain("se cret");
    });

    it("never keep or show a password that is part of the endpoint", async () => {
        const endpoint = "https://user:pass@agb.example";
        expect(await resolveSettings({ apiKey: "k", endpoint }, {})).toMatchObject({ endpoint: "https://agb.example" });
        for (const bad of [
            "http://user:pass@agb.example",
            "https://user:pass@",
            "us er:pass@a b",
            "https://u/pass@a b",
        ]) {
            expect(settingsProblem({ apiKey: "k", endpoint: bad }, {}), bad).toMatch(/^the endpoint "/);
            expect(settingsProblem({ apiKey: "k", endpoint: bad }, {}), bad).not.toContain("pass");
        }
    });

    it("ignore spaces around them, and slashes at the end of the endpoint", async () => {
        const source = { apiKey: " k\n", endpoint: " https://agb.example/sdk// " };
        expect(await resolveSettings(source, {})).toMatchObject({ apiKey: "k", endpoint: "https://agb.example/sdk" });
    });

    it("take a scheme only from the start of the endpoint", async () => {
        const endpoint = "agb.example/path/http://x";
        expect(await resolveSettings({ apiKey: "k", endpoint }, {})).toMatchObject({ endpoint: `https://${endpoint}` });
        expect(settingsProblem({ apiKey: "k", endpoint: "ftp://127.0.0.1" }, {})).toMatch(/in the clear/);
        expect(settingsProblem({ apiKey: "k", endpoint: "http://127.0.0.1" }, {})).toBeUndefined();
    });

    it("suggest the local AGB for a word that is close, but not for this machine", () => {
        expect(settingsProblem({ apiKey: "k", endpoint: "Local" }, {})).toMatch(
            /^the endpoint "Local" is not a valid URL; did you mean "local"\? /,
        );
        expect(settingsProblem({ apiKey: "k", endpoint: "localhost" }, {})).toBeUndefined();
        expect(settingsProblem({ apiKey: "k", endpoint: "agb" }, {})).toBeUndefined();
    });

    it.each([0, -1, "Infinity", "NaN", "-0"])("refuse a timeout of %j", (timeoutMs) => {
        expect(settingsProblem({ apiKey: "k", timeoutMs: String(timeoutMs) }, {})).toMatch(/specify milliseconds/);
    });

    it("throw what is no problem of the settings", () => {
        const broken = Object.defineProperty({}, "endpoint", {
            get() {
                throw new RangeError("broken");
            },
        });
        expect(() => settingsProblem(broken, {})).toThrow(RangeError);
    });

    it("limit the timeout to what a timer can measure", async () => {
        expect(await resolveSettings({ apiKey: "k", timeoutMs: "9e15" }, {})).toMatchObject({ timeoutMs: 2 ** 31 - 1 });
    });
});

describe("configuration keys", () => {
    it("that are misspelt are found, with the right one", () => {
        expect(nearestConfigKey("agb:apikey")).toBe("agb:apiKey");
        expect(nearestConfigKey("agb:timeout")).toBe("agb:timeoutMs");
        expect(nearestConfigKey("agb:colour")).toBeUndefined();
        expect(nearestConfigKey("aws:apikey")).toBeUndefined();
        expect(nearestConfigKey("apiKey:agb:")).toBeUndefined();
    });

    it("of this namespace that do not exist are a problem, others are not", () => {
        expect(configKeyProblem("agb:apiKey")).toBeUndefined();
        expect(configKeyProblem("aws:region")).toBeUndefined();
        expect(configKeyProblem("colour:agb:")).toBeUndefined();
        expect(configKeyProblem("agb:apikey")).toMatch(
            /^agb:apikey is not a configuration key of pulumi-agb; did you mean agb:apiKey\? Remove it with `.* config rm agb:apikey`\.$/,
        );
        expect(configKeyProblem("agb:colour")).toMatch(
            /^agb:colour is not a configuration key of pulumi-agb\. The keys are agb:apiKey, .*agb:localData\. Remove it/,
        );
    });
});
