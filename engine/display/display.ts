/** Chooses how a deployment is shown. */
import pc from "picocolors";
import type { EngineEvent } from "../model/events";
import { redactText } from "./redaction";
import { DiffDisplay } from "./diff";
import { JsonLinesDisplay, JsonPreviewDisplay } from "./json";
import { STACK_TYPE } from "./operations";
import { PlainDisplay } from "./plain";
import { Summary } from "./summary";
import { TreeDisplay } from "./tree";

/** Shows the events of one deployment. */
export interface Display {
    event(event: EngineEvent): void;
    /** No event comes any more, also where the deployment broke off. */
    end(): void;
}

export interface DisplayOptions {
    command: "up" | "preview" | "refresh" | "destroy";
    dryRun: boolean;
    project: string;
    stack: string;
    json: boolean;
    diff: boolean;
    /** A user at a terminal. */
    interactive: boolean;
    /** What --color says. */
    color: string;
    /** The plain texts that must not be shown. */
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
    color,
    secrets,
}: DisplayOptions): Promise<Display> {
    const redact = redactText(secrets);
    const write = (text: string): void => void process.stdout.write(redact(text));
    if (json) {
        return command === "preview" ? new JsonPreviewDisplay(write) : new JsonLinesDisplay(write);
    }
    const colors = pc.createColors(useColors(color));
    const summary = new Summary(`urn:pulumi:${stack}::${project}::${STACK_TYPE}::${project}-${stack}`, colors);
    write(`${colors.bold(`${HEADINGS[command][dryRun ? 0 : 1]} (${stack}):`)}\n\n`);
    if (diff) {
        return new DiffDisplay(write, colors, summary);
    }
    if (!interactive) {
        return new PlainDisplay(write, colors, summary);
    }
    // It is an ES module, which only this form loads on every Node.js.
    const { createLogUpdate } = await import("log-update");
    const area = createLogUpdate(process.stdout);
    const redactArea = Object.assign((text: string) => area(redact(text)), { done: () => area.done() });
    return new TreeDisplay(redactArea, write, colors, summary, () => process.stdout.columns);
}

/** --color decides; else NO_COLOR; else whether somebody looks. */
function useColors(color: string): boolean {
    return color === "always" || (color !== "never" && !process.env.NO_COLOR && process.stdout.isTTY);
}
