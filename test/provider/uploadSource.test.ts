/** What an upload reads: in one piece or as a stream, and the digest of what was sent. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, it } from "vitest";
import { digestOfFile, openSource, type FileSource } from "../../provider/agb/uploadSource";
import { sha256 } from "../support/assets";
import { tempFolder } from "../support/tempFolder";

const PIECE_BYTES = 64 * 1024;
const folder = tempFolder("source");

function localFile(text: string): string {
    const file = join(folder, "file");
    writeFileSync(file, text);
    return file;
}

async function sent(source: FileSource) {
    const progress: number[] = [];
    const opened = await openSource(source, (sentBytes, totalBytes) => progress.push(sentBytes, totalBytes));
    const isPiece = Buffer.isBuffer(opened.content);
    const bytes = Buffer.isBuffer(opened.content) ? opened.content : await buffer(opened.content);
    return { isPiece, text: bytes.toString(), digest: opened.digest(), progress };
}

it.each([
    [PIECE_BYTES, true],
    [PIECE_BYTES + 1, false],
])("sends %d bytes in one piece: %s", async (size, isPiece) => {
    const text = "x".repeat(size);
    const digest = { hash: sha256(text), size };
    const expected = { isPiece, text, digest, progress: [size, size] };
    expect(await sent({ text })).toEqual(expected);
    expect(await sent({ file: localFile(text) })).toEqual(expected);
    expect(await digestOfFile(localFile(text))).toEqual(digest);
});

it("reads a larger file in chunks of 256 KB", async () => {
    const size = 600 * 1024;
    const { progress } = await sent({ file: localFile("y".repeat(size)) });
    expect(progress).toEqual([256 * 1024, size, 512 * 1024, size, size, size]);
});

it("counts a stream that no one has read to its end as not sent", async () => {
    const opened = await openSource({ text: "x".repeat(PIECE_BYTES + 1) }, undefined);
    expect(() => opened.digest()).toThrow(
        expect.objectContaining({
            message: "The upload was acknowledged after 0 of 65537 bytes.",
            mayHaveTakenEffect: true,
        }),
    );
});

it("refuses what is no file", async () => {
    mkdirSync(join(folder, "folder"));
    await expect(openSource({ file: join(folder, "folder") }, undefined)).rejects.toThrow("is not a file.");
    await expect(openSource({ file: join(folder, "missing") }, undefined)).rejects.toThrow(/missing cannot be read: /);
});

it.each([1, 3])("notices that a stream has %d bytes and not 2", async (size) => {
    const opened = await openSource({ open: () => Readable.from([Buffer.alloc(size)]), size: 2 }, undefined);
    await expect(buffer(opened.content as Readable)).rejects.toThrow("the stream changed while it was being read.");
    expect(opened.failure?.message).toBe("the stream changed while it was being read.");
});

it("reports why a stream could not be read, and does not crash if no one listens", async () => {
    const broken = () =>
        new Readable({
            read() {
                this.destroy(new Error("disk failure"));
            },
        });
    const opened = await openSource({ open: broken, size: 2 }, undefined);
    (opened.content as Readable).resume();
    await expect.poll(() => opened.failure?.message).toBe("the stream cannot be read: disk failure.");
});
