/** Messages name the command that the user has. */
import { relative } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../scripts/reference/package";
import { messagesOf } from "./messages";
import { sources } from "./sources";

it("no message of provider and engine names a command of pulumi that the embedded engine has, too", () => {
    const messages = sources("provider", "engine").flatMap((file) =>
        messagesOf(file).map((message) => ({ file: relative(root, file), text: message.join("…") })),
    );
    expect(messages.length).toBeGreaterThan(200);
    const literal = messages.filter(({ text }) =>
        /[`"]pulumi(?:-agb)? (?:up|preview|refresh|destroy|config|stack|state delete|cancel)\b/.test(text),
    );
    expect(literal, "use commandLine()").toEqual([]);
});

it("no message of the command names it in a form that works only where it is installed globally", () => {
    const texts = sources("cli").flatMap((file) => messagesOf(file).map((message) => message.join("…")));
    expect(texts.filter((text) => /[`"]pulumi-agb /.test(text))).toEqual([]);
});
