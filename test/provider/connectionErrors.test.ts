/** What an error of the network, of the API or of the storage means: whether the call may have taken effect, and what to do. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectionError, isWebPage, rootCause, TimeLimitError } from "../../provider/agb/connection";
import {
    AgbApiError,
    AgbConnectionError,
    DOWNLOAD,
    isKeyRejected,
    mayHaveTakenEffect,
    UPLOAD,
} from "../../provider/agb/errors";
import { withRetry } from "../../provider/agb/retry";

const SETTINGS = { endpoint: "https://agb.example", timeoutMs: 500 };
const NOW = Date.UTC(2030, 0);
const withCode = (code: string, message = "") => Object.assign(new Error(message), { code });
const wrapped = (cause: unknown) => new TypeError("fetch failed", { cause });

describe("the cause of a connection error", () => {
    it.each([
        ["the error itself", withCode("ECONNRESET", "reset"), { code: "ECONNRESET", message: "reset" }],
        [
            "what it wraps, at any depth",
            wrapped(wrapped(withCode("EPIPE", "broken"))),
            { code: "EPIPE", message: "broken" },
        ],
        [
            "the first of several",
            wrapped(new AggregateError([withCode("E1", "first"), withCode("E2", "second")])),
            { code: "E1", message: "first" },
        ],
        ["several that are none", new AggregateError([], "nothing"), { code: "", message: "nothing" }],
        ["an error without a code", new Error("lost"), { code: "", message: "lost" }],
        [
            "an error with another code than a text",
            Object.assign(new Error("lost"), { code: 7 }),
            { code: "", message: "lost" },
        ],
        ["an error without a message", withCode("ETIMEDOUT"), { code: "ETIMEDOUT", message: "ETIMEDOUT" }],
        ["no error at all", "text", { code: "", message: "text" }],
        ["an error whose cause is none", new Error("lost", { cause: "text" }), { code: "", message: "lost" }],
    ])("is %s", (_name, error, cause) => expect(rootCause(error)).toEqual(cause));
});

describe("a connection error", () => {
    it.each([
        [
            withCode("ECONNREFUSED", "refused"),
            false,
            "AGB at https://agb.example cannot be reached: refused (getSession). Check agb:endpoint or AGB_ENDPOINT, and the network.",
        ],
        [
            new Error("self-signed certificate"),
            false,
            "AGB at https://agb.example cannot be reached: self-signed certificate (getSession). Check agb:endpoint or AGB_ENDPOINT, and the network.",
        ],
        [
            withCode("ECONNRESET", "reset"),
            true,
            "AGB at https://agb.example cannot be reached: reset (getSession). The connection was lost during the call.",
        ],
        [
            new TimeLimitError(),
            true,
            "AGB at https://agb.example did not answer getSession within 0.5 s (agb:timeoutMs).",
        ],
        [
            withCode("UND_ERR_HEADERS_TIMEOUT"),
            true,
            "AGB at https://agb.example did not answer getSession within 0.5 s (agb:timeoutMs).",
        ],
        [
            wrapped(withCode("UND_ERR_BODY_TIMEOUT")),
            true,
            "AGB at https://agb.example did not answer getSession within 0.5 s (agb:timeoutMs).",
        ],
    ])("says what happened: %s", (error, mayHaveTakenEffect, message) => {
        const described = connectionError("getSession", error, SETTINGS);
        expect(described).toMatchObject({ call: "getSession", message, mayHaveTakenEffect, isUnreadable: false });
        // A read has no effect.
        expect(connectionError("getSession", error, SETTINGS, true)).toMatchObject({
            message,
            mayHaveTakenEffect: false,
        });
    });

    it("that is described already stays as it is", () => {
        const error = new AgbConnectionError("upload", "text", true);
        expect(connectionError("getSession", error, SETTINGS)).toBe(error);
    });
});

it("recognizes pages of other servers", () => {
    for (const page of ["<html>", "\n  <!DOCTYPE html>", "<?xml version='1.0'?>"]) expect(isWebPage(page)).toBe(true);
    for (const text of ["", '{"a":"<html>"}', "see <html>", "<message>"]) expect(isWebPage(text)).toBe(false);
});

describe("an error of the API", () => {
    it("leaves open whether the call took effect only if the server failed", () => {
        for (const [status, unclear] of [
            [400, false],
            [429, false],
            [499, false],
            [500, true],
            [503, true],
        ] as const) {
            expect(mayHaveTakenEffect(new AgbApiError("c", "", "m", status, "")), String(status)).toBe(unclear);
        }
        expect(mayHaveTakenEffect(new AgbConnectionError("c", "m", true))).toBe(true);
        expect(mayHaveTakenEffect(new AgbConnectionError("c", "m", false))).toBe(false);
        expect(mayHaveTakenEffect(Object.assign(new Error(), { mayHaveTakenEffect: true }))).toBe(false);
    });

    it("is about the key if AGB says so, but not if the storage does", () => {
        const rejected = (call: string, status: number, message = "") =>
            isKeyRejected(new AgbApiError(call, "", message, status, ""));
        expect(rejected("getSession", 401)).toBe(true);
        expect(rejected("getSession", 403, "invalid API key")).toBe(true);
        expect(rejected("getSession", 403, "quota exceeded")).toBe(false);
        expect(rejected("getSession", 400, "invalid API key")).toBe(false);
        expect(rejected(UPLOAD, 401)).toBe(false);
        expect(rejected(DOWNLOAD, 403, "invalid token")).toBe(false);
        expect(isKeyRejected(new AgbConnectionError("getSession", "unauthorized", false))).toBe(false);
        expect(isKeyRejected({ httpStatus: 401, call: "getSession" })).toBe(false);
    });

    it("shows the request only if AGB named one, and the status in place of a code", () => {
        expect(new AgbApiError("c", "Quota", "Too many.", 403, "r1").message).toBe(
            "AGB said: Too many (Quota, request r1).",
        );
        expect(new AgbApiError("c", "", "", 500, "").message).toBe("AGB said: no reason given (HTTP 500).");
    });
});

describe("a retry", () => {
    /** Each pause in milliseconds, which the test does not wait for. */
    let pauses: number[];
    beforeEach(() => {
        pauses = [];
        vi.spyOn(globalThis, "setTimeout").mockImplementation(((resume: () => void, pauseMs: number) => {
            pauses.push(pauseMs);
            queueMicrotask(resume);
        }) as typeof setTimeout);
        vi.spyOn(Math, "random").mockReturnValue(1);
    });
    afterEach(() => vi.restoreAllMocks());

    /** Calls an attempt with the given outcomes, and with success when they run out. */
    async function run(outcomes: (number | Error)[], { repeatable = true, retryAfter = "", maxPauseMs = 60_000 } = {}) {
        let calls = 0;
        const headers = retryAfter === "" ? {} : { "retry-after": retryAfter };
        const attempt = () => {
            const outcome = outcomes[calls++] ?? 200;
            return outcome instanceof Error
                ? Promise.reject(outcome)
                : Promise.resolve({ statusCode: outcome, headers });
        };
        const options = { repeatable, firstPauseMs: 100, maxPauseMs };
        const result = await withRetry(attempt, options).catch((error: unknown) => error);
        return { calls, result };
    }

    it.each([
        [[429], true, 2],
        [[429], false, 2],
        [[503], true, 2],
        [[502, 504], true, 3],
        [[503], false, 1],
        [[500], true, 1],
        [[429, 429, 429, 429, 429, 429], true, 5],
    ])("after %j, repeatable: %j, ends after %i calls", async (outcomes, repeatable, calls) => {
        expect(await run(outcomes, { repeatable })).toMatchObject({ calls });
    });

    it.each([
        ["ECONNREFUSED", true, 2],
        ["ECONNREFUSED", false, 2],
        ["ECONNRESET", true, 2],
        ["ECONNRESET", false, 1],
        ["EACCES", true, 1],
    ])("after %s, repeatable: %j, ends after %i calls", async (code, repeatable, calls) => {
        expect(await run([withCode(code)], { repeatable })).toMatchObject({ calls });
    });

    it("pauses longer each time, throws the last error if none succeeds, and never exceeds the limit", async () => {
        const errors = Array.from({ length: 6 }, (_, index) => withCode("ECONNRESET", String(index)));
        expect(await run(errors)).toMatchObject({ calls: 5, result: errors[4] });
        expect(pauses).toEqual([100, 200, 400, 800]);
        pauses = [];
        await run(errors, { maxPauseMs: 300 });
        expect(pauses).toEqual([100, 200, 300, 300]);
    });

    const IGNORED = ["0", "-5", "soon", "5 minutes", "about 5", new Date(0).toUTCString()];
    it.each<[string, number]>([
        ["12", 12_000],
        ["3600", 20_000],
        [new Date(NOW + 5000).toUTCString(), 5000],
        ...IGNORED.map((text): [string, number] => [text, 100]),
    ])("after Retry-After: %s, pauses for %i ms", async (retryAfter, pauseMs) => {
        vi.spyOn(Date, "now").mockReturnValue(NOW);
        await run([429], { retryAfter });
        expect(pauses).toEqual([pauseMs]);
    });

    it("pauses up to a fifth less, so clients do not repeat in lockstep", async () => {
        vi.spyOn(Math, "random").mockReturnValue(0);
        await run([429]);
        expect(pauses).toEqual([80]);
    });
});
