/** Transfers at presigned URLs, with a storage that answers as the test wants. */
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbClient, AgbApiError } from "../../provider/agb";
import { SHORT_TIMINGS } from "../support/agb";
import { sendJson, startStubService, type StubRequest, type StubService } from "../support/stubService";

let service: StubService;
let client: AgbClient;
/** The requests at the presigned URL. */
let transfers: StubRequest[];
/** What the storage answers in turn; the last answer repeats. */
let answers: { status: number; body?: string }[];

beforeEach(async () => {
    service = await startStubService();
    client = new AgbClient({ endpoint: service.endpoint, apiKey: "k", timeoutMs: 2000 }, SHORT_TIMINGS);
    transfers = [];
    answers = [{ status: 200 }];
    service.respond((request, response) => {
        if (!request.url.includes("/bucket/")) {
            const url = new URL("/bucket/file?signature=x", service.endpoint).href;
            sendJson(response, { success: true, data: { url } });
            return;
        }
        transfers.push(request);
        const { status, body = "" } = answers[Math.min(transfers.length, answers.length) - 1] ?? { status: 200 };
        response.writeHead(status).end(body);
    });
});
afterEach(async () => {
    await client.close();
    service.close();
});

const upload = () => client.uploadContextFile("c", "/home/a.txt", { text: "12345" });
const download = () => client.downloadContextFile("c", "/home/a.txt");
const XML = "<?xml version='1.0'?><Error><Code>Denied</Code><Message>Access is denied</Message></Error>";

describe("an upload", () => {
    it("sends its size, and neither a content type nor the key", async () => {
        await upload();
        expect(transfers).toHaveLength(1);
        expect(transfers[0]).toMatchObject({ body: "12345", headers: { "content-length": "5" } });
        expect(transfers[0]?.headers).not.toHaveProperty("content-type");
        expect(transfers[0]?.headers).not.toHaveProperty("authorization");
    });

    it.each([
        [{ status: 204 }, 1],
        [{ status: 403, body: XML }, 3],
        [{ status: 429 }, 3],
        [{ status: 500 }, 3],
        [{ status: 300 }, 1],
        [{ status: 404 }, 1],
        [{ status: 499 }, 1],
    ])("that is answered with %j is tried %i times", async (answer, attempts) => {
        answers = [answer];
        const outcome = await upload().catch((error: unknown) => error);
        expect(transfers).toHaveLength(attempts);
        if (answer.status === 204) expect(outcome).toMatchObject({ size: 5 });
        else expect(outcome).toMatchObject({ name: "AgbApiError", call: "upload", httpStatus: answer.status });
    });

    it("that a web page answers has not reached the storage", async () => {
        answers = [{ status: 200, body: "<html>Sign in</html>" }];
        await expect(upload()).rejects.toMatchObject({ name: "AgbConnectionError", mayHaveTakenEffect: true });
    });

    it("is not repeated after AGB refuses its URL", async () => {
        service.json({ success: false, code: "Quota.Exceeded", message: "quota exceeded" }, 403);
        await expect(upload()).rejects.toMatchObject({ call: "GetContextFileUploadUrl", code: "Quota.Exceeded" });
        expect(service.requests).toHaveLength(1);
    });
});

describe("a download", () => {
    it("returns the content, also after the storage was unavailable", async () => {
        answers = [{ status: 503 }, { status: 502 }, { status: 200, body: "12345" }];
        expect(await text(await download())).toBe("12345");
        expect(transfers).toHaveLength(3);
    });

    it.each([
        [{ status: 404, body: XML }, "the file does not exist"],
        [{ status: 403, body: XML }, "Access is denied"],
        [{ status: 403, body: '{ "message": "no access" }' }, "no access"],
        [{ status: 403, body: '{"message":"no access"}' }, "no access"],
        [{ status: 403, body: "<html></html>" }, "the storage rejected the download"],
        [{ status: 403 }, "the storage rejected the download"],
        [{ status: 206, body: "123" }, "the storage rejected the download"],
    ])("that is answered with %j says why it failed", async (answer, serverMessage) => {
        answers = [answer];
        const failure = await download().catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(AgbApiError);
        expect(failure).toMatchObject({ call: "download", serverMessage, httpStatus: answer.status });
    });
});

it("an upload that is refused with 404 does not speak of a missing file", async () => {
    answers = [{ status: 404 }];
    await expect(upload()).rejects.toMatchObject({ serverMessage: "the storage rejected the upload" });
});
