/** Uploads files to a context with `curl`: first it asks for all upload URLs, then it sends all files. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measured } from "./measured.mjs";

/** Uploads `files`, pairs of a local path and a path in the context, `parallel` at a time. `work` is an empty folder. */
export async function uploadWithCurl(agb, contextId, files, parallel, work) {
    mkdirSync(work, { recursive: true });
    const answer = (index) => join(work, String(index));
    const asking = files.map(([, filePath], index) => {
        const query = new URLSearchParams({ contextId, filePath });
        return `url = "${agb.endpoint}/sdk/GetContextFileUploadUrl?${query}"\noutput = "${answer(index)}"`;
    });
    const common = ["curl", "--silent", "--show-error", "--fail", "--parallel", "--parallel-max", String(parallel)];
    const run = (lines, ...more) => {
        const config = join(work, "config");
        writeFileSync(config, lines.join("\n"));
        return measured([...common, ...more, "--config", config]);
    };
    const asked = await run(asking, "--request", "POST", "--header", `Authorization: Bearer ${agb.apiKey}`);
    const sending = files.map(([local], index) => {
        const { data } = JSON.parse(readFileSync(answer(index), "utf8"));
        return `url = "${data.url}"\nupload-file = "${local}"`;
    });
    const sent = await run(sending);
    return { seconds: asked.seconds + sent.seconds, cpu: asked.cpu + sent.cpu };
}
