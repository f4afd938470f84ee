/** Uploads the content of a `ContextFile`. */
import { commandLine } from "../../../common/commandLine";
import { AgbApiError, mayHaveTakenEffect, type FileDigest } from "../../agb/index";
import type { Account } from "../account";
import { PartialFailure } from "../contract";
import { wrapError } from "../support/errors";
import { Progress } from "../support/progress";
import { abortAt, deadline } from "../support/timeouts";
import { waitUntilListed } from "./contextFiles";
import {
    idOf,
    persistedFields,
    sourceOf,
    subject,
    type ContextFileInputs,
    type ContextFileState,
    type KnownDigest,
} from "./fileState";
import { remoteFilesOf } from "./remoteFiles";

/** Uploads the content and waits until AGB lists it. */
export async function upload(
    inputs: ContextFileInputs,
    account: Account,
    operation: "create" | "update",
): Promise<ContextFileState> {
    const { contextId, path } = inputs;
    const until = deadline(inputs, operation);
    const progress = new Progress(inputs, account.reporter);
    const onProgress = (bytes: number, total: number) =>
        progress.update(`${megabytes(bytes)} of ${megabytes(total)} MB uploaded`);
    let uploaded: FileDigest;
    try {
        const signal = abortAt(until);
        uploaded = await account.agb.uploadContextFile(contextId, path, sourceOf(inputs), { signal, onProgress });
        progress.end();
    } catch (error) {
        const action = `${subject(inputs)} could not be uploaded`;
        if (!mayHaveTakenEffect(error)) {
            throw wrapError(action, error, error instanceof AgbApiError ? "Check contextId and path." : "");
        }
        throw partialFailure(
            inputs,
            {},
            wrapError(
                action,
                error,
                `Run \`${commandLine("up")}\` again to repeat it, or allow more time with customTimeouts.`,
            ),
        );
    }
    const listed = async () => {
        const file = await remoteFilesOf(account).findNow(contextId, path);
        return file && (file.size ?? uploaded.size) === uploaded.size ? file : undefined;
    };
    const file = await waitUntilListed(listed, until, account).catch((error: unknown) => {
        const action = `${subject(inputs)} was uploaded, but AGB could not list it`;
        throw partialFailure(
            inputs,
            uploaded,
            wrapError(action, error, `Run \`${commandLine("up")}\` again to check it.`),
        );
    });
    if (!file) {
        const problem = `AGB does not list it with its ${uploaded.size} bytes. Run \`${commandLine("up")}\` again to repeat it.`;
        throw partialFailure(inputs, {}, new Error(`${subject(inputs)} was uploaded, but ${problem}`));
    }
    return { ...persistedFields(inputs), ...uploaded, modifiedTime: file.gmtModified };
}

/** Without a hash in the state, the next deployment uploads the file again, and a destroy deletes what may be there. */
const partialFailure = (inputs: ContextFileInputs, digest: KnownDigest, { message }: Error) =>
    new PartialFailure(idOf(inputs), { ...persistedFields(inputs), ...digest }, message);

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
