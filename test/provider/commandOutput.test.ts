/** What is kept and shown of the output of a run, and what the error of a failed one says about it. */
import { expect, it } from "vitest";
import { CommandLogging, OnFailure } from "../../provider/definitions/command";
import { failureReason } from "../../provider/handlers/command/messages";
import { OutputLog, OutputStream } from "../../provider/handlers/command/output";
import { originOf, recordingReporter } from "../support/handlers";

const KEPT = 64 * 1024;

function output(isShown = true) {
    const { reporter, lines } = recordingReporter();
    const log = new OutputLog(reporter, "build");
    const stream = new OutputStream(isShown ? log : undefined);
    let size = 0;
    /** The next piece, as a look at the run returns it. */
    const add = (text: string | Buffer) => {
        const bytes = Buffer.from(text);
        stream.add({ size: size + bytes.length, from: size, bytes });
        size += bytes.length;
    };
    return { stream, log, lines, add };
}

it("shows complete lines as they come, and the rest at the end", () => {
    const { stream, lines, add } = output();
    add("one\ntw");
    expect(lines).toEqual(["build: one"]);
    add("o\r\n\r\nthr");
    expect(lines).toEqual(["build: one", "build: two"]);
    add("ee");
    stream.finish();
    stream.finish();
    expect(lines).toEqual(["build: one", "build: two", "build: three"]);
    expect(stream.text).toBe("one\ntwo\r\n\r\nthree");
});

it("shows each line of a progress bar that starts over, and no escape sequences", () => {
    const { lines, add } = output();
    add("10 %\r20 %\r");
    expect(lines).toEqual(["build: 10 %", "build: 20 %"]);
    add("\u001B[31mred\u001B[0m\u0007\ta\n");
    expect(lines.at(-1)).toBe("build: red\ta");
});

it("stops showing output after 256 KB, says so once, and then reads only the end", () => {
    const { stream, log, lines, add } = output();
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < 255; i++) add(line);
    expect([log.isFull, stream.position, lines.length]).toEqual([false, 255 * 1024, 255]);
    add(line);
    expect([log.isFull, stream.position]).toEqual([true, "end"]);
    expect(lines.slice(256)).toEqual([
        "build: further output is not shown. The outputs stdout and stderr keep the end of it.",
    ]);
    add(line);
    expect(lines).toHaveLength(257);
});

it("reads only the end of an output that is not shown", () => {
    const { stream, lines, add } = output(false);
    expect(stream.position).toBe("end");
    add("one\n");
    stream.finish();
    expect([lines, stream.text]).toEqual([[], "one"]);
});

it("keeps the last 64 KB, and says how much it left out", () => {
    const { stream, add } = output(false);
    add("a".repeat(KEPT));
    expect(stream.text).toBe("a".repeat(KEPT));
    add("bc");
    expect(stream.text).toBe(`[2 bytes of earlier output were left out]\n${"a".repeat(KEPT - 2)}bc`);
});

it.each([
    ["é", 1],
    ["€", 2],
    ["😀", 3],
])("does not keep half a character: %s", (character, rest) => {
    const { stream, add } = output(false);
    const text = character + "a".repeat(KEPT - rest);
    add(text);
    const left = Buffer.byteLength(text) - KEPT;
    expect(stream.text).toBe(`[${left} bytes of earlier output were left out]\n${"a".repeat(KEPT - rest)}`);
});

it("keeps bytes that are not UTF-8 as replacement characters, whatever precedes them", () => {
    const { stream, add } = output(false);
    const bytes = Buffer.alloc(KEPT, 0x80);
    add(bytes);
    expect(stream.text).toBe("\uFFFD".repeat(KEPT));
    add("a");
    expect(stream.text.split("\n")[1]).toBe(`${"\uFFFD".repeat(KEPT - 4)}a`);
});

it("starts over after a gap, because what it has is no longer the end", () => {
    const { stream, lines } = output();
    stream.add({ size: 100, from: 0, bytes: Buffer.from("one\n") });
    expect(stream.isBehind).toBe(true);
    stream.add({ size: 100, from: 96, bytes: Buffer.from("end\n") });
    expect([stream.isBehind, stream.position]).toEqual([false, 100]);
    expect(stream.text).toBe("[96 bytes of earlier output were left out]\nend");
    expect(lines).toEqual(["build: one"]);
    stream.add(undefined);
    expect(stream.position).toBe(100);
});

function reasonOf(
    result: { stdout?: string; stderr?: string },
    logging: CommandLogging = CommandLogging.StdoutAndStderr,
): string {
    const inputs = {
        sessionId: "s-1",
        create: "make",
        envs: {},
        triggers: [],
        logging,
        onFailure: OnFailure.Fail,
        __origin: originOf("build"),
    };
    const texts = { stdout: "", stderr: "", ...result };
    const reason = failureReason("create", inputs, {
        ...texts,
        exitCode: 2,
        startedAt: undefined,
        finishedAt: undefined,
        isTimedOut: false,
        __run: { number: 1, operation: "create" },
    });
    return /failed with exit code 2: (.*)\. Run `/su.exec(reason)?.[1] ?? reason;
}

it("reports the end of stderr, or of stdout if stderr is empty, on one line", () => {
    expect(reasonOf({ stdout: "out\n", stderr: "err\n" })).toBe("err");
    expect(reasonOf({ stdout: "out\n", stderr: " \n" })).toBe("out");
    expect(reasonOf({})).toBe("it printed nothing");
    expect(reasonOf({ stderr: "1\n2\n3\n \r\n4\n5\n6.7 is too old.\n" })).toBe("2 | 3 | 4 | 5 | 6.7 is too old");
});

it("reports only what the user lets it show", () => {
    const texts = { stdout: "out", stderr: "err" };
    expect(reasonOf(texts, CommandLogging.Stdout)).toBe("out");
    expect(reasonOf(texts, CommandLogging.Stderr)).toBe("err");
    expect(reasonOf({ stdout: "out" }, CommandLogging.Stderr)).toBe("it printed nothing");
    expect(reasonOf({ stderr: "err" }, CommandLogging.Stdout)).toBe("it printed nothing");
    expect(reasonOf(texts, CommandLogging.None)).toBe('its output is not shown with logging: "none"');
});

it("cuts what it reports after 400 characters", () => {
    const text = "x".repeat(400);
    expect(reasonOf({ stderr: text })).toBe(text);
    expect(reasonOf({ stderr: `a${text}` })).toBe(`…${text}`);
});
