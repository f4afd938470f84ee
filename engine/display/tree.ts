/** The display for a terminal: a live tree of what is worked on, and below it, at the end, what Pulumi's users know. */
import type { Colors } from "picocolors/types";
import type { EngineEvent } from "../model/events";
import type { Display } from "./display";
import { displayType, formatDuration, nameOf, typeOf, OPERATION_TEXT } from "./operations";
import { Rows, type Row } from "./rows";
import type { Summary } from "./summary";

/** Draws over what it drew before; `done` leaves it there. */
export interface LiveArea {
    (text: string): void;
    done(): void;
}

const REDRAWS_PER_SECOND = 8;
const HEADINGS = ["Type", "Name", "Status", "Info"] as const;

export class TreeDisplay implements Display {
    readonly #area: LiveArea;
    readonly #write: (text: string) => void;
    readonly #colors: Colors;
    readonly #summary: Summary;
    readonly #columns: () => number;
    readonly #rows = new Rows();
    readonly #timer: NodeJS.Timeout;
    #ended = false;

    constructor(
        area: LiveArea,
        write: (text: string) => void,
        colors: Colors,
        summary: Summary,
        columns: () => number,
    ) {
        this.#area = area;
        this.#write = write;
        this.#colors = colors;
        this.#summary = summary;
        this.#columns = columns;

        this.#timer = setInterval(() => this.#draw(), 1000 / REDRAWS_PER_SECOND);
        this.#timer.unref();
    }

    event(event: EngineEvent): void {
        this.#summary.event(event);
        switch (event.kind) {
            case "begin":
            case "done":
            case "failed":
                this.#rows.step(event, Date.now());
                break;
            case "diagnostic":
                this.#rows.message(event.urn || this.#summary.stackURN, event, this.#summary.describe(event));
                break;
            case "output":
                this.#rows.message(this.#summary.stackURN, { severity: "info" }, event.text);
                break;
            case "summary":
                this.end();
                this.#write(this.#summary.text(event));
        }
    }

    end(): void {
        if (!this.#ended) {
            this.#ended = true;
            clearInterval(this.#timer);
            this.#draw();
            this.#area.done();
        }
    }

    #draw(): void {
        const cells = this.#rows.tree().map(({ row, branch }) => ({
            row,
            texts: [`${branch}${displayType(typeOf(row.urn))}`, nameOf(row.urn), statusOf(row), this.#infoOf(row)],
        }));
        const widths = HEADINGS.map((heading, column) =>
            Math.max(heading.length, ...cells.map(({ texts }) => texts[column]?.length ?? 0)),
        );
        const line = (texts: readonly string[]): string =>
            texts
                .map((text, column) => (column === texts.length - 1 ? text : text.padEnd((widths[column] ?? 0) + 2)))
                .join("");
        const lines = cells.map(({ row, texts }) => {
            const { mark, color } = OPERATION_TEXT[row.operation];
            const text = ` ${mark}  ${line(texts)}`.slice(0, this.#columns());
            return row.status === "failed"
                ? this.#colors.red(text)
                : row.operation === "same"
                  ? text
                  : this.#colors[color](text);
        });
        this.#area([this.#colors.bold(`     ${line(HEADINGS)}`), ...lines, ""].join("\n"));
    }

    #infoOf({ urn, info, diff, status }: Row): string {
        const ended = status === "done" || status === "failed";
        return [diff, ended ? this.#summary.counts(urn) : info].filter(Boolean).join(" ");
    }
}

function statusOf({ operation, status, beganAt, endedAt }: Row): string {
    const { planned, doing, done } = OPERATION_TEXT[operation];
    switch (status) {
        case "planned":
            return planned;
        case "doing":
            return doing && `${doing} (${Math.floor((Date.now() - beganAt) / 1000)}s)`;
        case "done":
            return done && `${done} (${formatDuration(endedAt - beganAt)})`;
        case "failed":
            return `**${doing || "running"} failed**`;
    }
}
