/** The display for `--diff`: every changed resource with all its properties. */
import type { Colors } from "picocolors/types";
import type { EngineEvent, ResourceStep } from "../model/events";
import type { Display } from "./display";
import { displayType, OPERATION_TEXT, REPLACEMENT_STEPS } from "./operations";
import type { Summary } from "./summary";
import { formatMapDiff } from "./values";

const HEADING = "    ";
const DETAIL = "        ";

export class DiffDisplay implements Display {
    readonly #write: (text: string) => void;
    readonly #colors: Colors;
    readonly #summary: Summary;

    constructor(write: (text: string) => void, colors: Colors, summary: Summary) {
        this.#write = write;
        this.#colors = colors;
        this.#summary = summary;
    }

    event(event: EngineEvent): void {
        this.#summary.event(event);
        if (event.kind === "begin" && isChange(event.step)) {
            this.#write(
                this.#describe(event.step)
                    .map((line) => `${line}\n`)
                    .join(""),
            );
        } else if (event.kind === "summary") {
            this.#write(this.#summary.text(event));
        }
    }

    end(): void {
        // Everything has been printed already.
    }

    #describe({ operation, urn, type, old, new: current }: ResourceStep): string[] {
        const { mark, color } = OPERATION_TEXT[operation];
        const before = operation === "create" ? {} : (old?.inputs ?? {});
        const after = operation === "delete" ? {} : (current?.inputs ?? {});
        const id = old?.id ?? current?.id;
        return [
            `${HEADING}${this.#colors[color](`${mark}${displayType(type)}: (${operation})`)}`,
            ...(id ? [`${DETAIL}[id=${id}]`] : []),
            `${DETAIL}[urn=${urn}]`,
            ...formatMapDiff(before, after, DETAIL, this.#colors, true),
        ];
    }
}

function isChange({ operation, internal }: ResourceStep): boolean {
    return !internal && operation !== "same" && !REPLACEMENT_STEPS.includes(operation);
}
