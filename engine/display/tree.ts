/** The display for a terminal: a live tree of the resources in progress, followed by the summary. */
import type { Colors } from "picocolors/types";
import { alignColumns } from "../../common/columns";
import type { EngineEvent } from "../model/events";
import { parseUrn } from "../model/urn";
import type { Display } from "./display";
import { displayType, formatDuration, OPERATION_TEXT } from "./operations";
import { Rows, type Row } from "./rows";
import type { Summary } from "./summary";

/** Replaces its previous text on the terminal; `done` keeps the last one. */
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
                this.#rows.message(event.urn || this.#summary.stackURN, event, this.#summary.formatDiagnostic(event));
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
        const rows = this.#rows.tree();
        const [headings = "", ...lines] = alignColumns([HEADINGS, ...rows.map((row) => this.#cellsOf(row))]);
        const colored = rows.map(({ row }, index) => this.#colored(row, lines[index] ?? ""));
        this.#area([this.#colors.bold(`     ${headings}`), ...colored, ""].join("\n"));
    }

    #cellsOf({ row, branch }: { row: Row; branch: string }): string[] {
        const { type, name } = parseUrn(row.urn);
        return [branch + displayType(type), name, statusOf(row), this.#infoOf(row)];
    }

    #colored({ operation, status }: Row, line: string): string {
        const { mark, color } = OPERATION_TEXT[operation];
        const text = ` ${mark}  ${line}`.slice(0, this.#columns());
        if (status === "failed") return this.#colors.red(text);
        return operation === "same" ? text : this.#colors[color](text);
    }

    #infoOf({ urn, info, diff, status }: Row): string {
        const ended = status === "done" || status === "failed";
        return [diff, ended ? this.#summary.counts(urn) : info].filter(Boolean).join(" ");
    }
}

function statusOf({ operation, status, startedAt, endedAt }: Row): string {
    const { planned, doing, done } = OPERATION_TEXT[operation];
    switch (status) {
        case "planned":
            return planned;
        case "doing":
            return doing && `${doing} (${Math.floor((Date.now() - startedAt) / 1000)}s)`;
        case "done":
            return done && `${done} (${formatDuration(endedAt - startedAt)})`;
        case "failed":
            return `**${doing || "running"} failed**`;
    }
}
