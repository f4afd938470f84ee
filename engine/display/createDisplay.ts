/** Creates the display that matches the command's options. */
import pc from "picocolors";
import { STACK_TYPE } from "../model/urn";
import { DiffDisplay } from "./diff";
import type { Display } from "./display";
import { JsonLinesDisplay, JsonPreviewDisplay } from "./json";
import { PlainDisplay } from "./plain";
import { redactText } from "./redaction";
import { Summary } from "./summary";
import { TreeDisplay } from "./tree";

export interface DisplayOptions {
    command: "up" | "preview" | "refresh" | "destroy";
    dryRun: boolean;
    project: string;
    stack: string;
    json: boolean;
    /** Show properties: all that have a value, or only the changed ones. */
    diff: boolean | "changes";
    /** Whether a user is at the terminal. */
    interactive: boolean;
    /** Do not show the stack's outputs. */
    suppressOutputs: boolean;
    /** The value of --color. */
    color: string;
    /** The plain text of secrets, which is never shown. */
    secrets: Iterable<string>;
}

const HEADINGS = {
    up: ["Previewing update", "Updating"],
    preview: ["Previewing update", ""],
    refresh: ["Previewing refresh", "Refreshing"],
    destroy: ["Previewing destroy", "Destroying"],
} as const;

export async function createDisplay({
    command,
    dryRun,
    project,
    stack,
    json,
    diff,
    interactive,
    suppressOutputs,
    color,
    secrets,
}: DisplayOptions): Promise<Display> {
    const redact = redactText(secrets);
    const write = (text: string): void => void process.stdout.write(redact(text));
    if (json) {
        return command === "preview" ? new JsonPreviewDisplay(write, suppressOutputs) : new JsonLinesDisplay(write);
    }
    const colors = pc.createColors(useColors(color));
    const stackURN = `urn:pulumi:${stack}::${project}::${STACK_TYPE}::${project}-${stack}`;
    const summary = new Summary(stackURN, colors, suppressOutputs);
    write(`${colors.bold(`${HEADINGS[command][dryRun ? 0 : 1]} (${stack}):`)}\n\n`);
    if (diff !== false) {
        return new DiffDisplay(write, colors, summary, diff === true);
    }
    if (!interactive) {
        return new PlainDisplay(write, colors, summary, dryRun);
    }
    // An ES module, which only a dynamic import loads on every supported Node.js version.
    const { createLogUpdate } = await import("log-update");
    const area = createLogUpdate(process.stdout);
    const redactArea = Object.assign((text: string) => area(redact(text)), { done: () => area.done() });
    return new TreeDisplay(redactArea, write, colors, summary, dryRun, () => process.stdout.columns);
}

/** --color takes precedence over NO_COLOR; without either, only a terminal is colored. */
function useColors(color: string): boolean {
    return color === "always" || (color !== "never" && !process.env.NO_COLOR && process.stdout.isTTY);
}
