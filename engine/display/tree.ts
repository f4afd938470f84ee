/** The display for a terminal: a live tree of the resources in progress, followed by the summary. */
import type { Colors } from "picocolors/types";
import { alignColumns } from "../../common/columns";
import type { EngineEvent } from "../model/events";
import { parseUrn } from "../model/urn";
import { isProviderException } from "./diagnostics";
import type { Display } from "./display";
import { displayType, OPERATION_TEXT } from "./operations";
import { asReplacement, Rows, type Row } from "./rows";
import { isFailed, statusOf } from "./status";
import type { Summary } from "./summary";

/** Replaces its previous text on the terminal; `done` keeps the last one. */
export interface LiveArea {
    (text: string): void;
    done(): void;
}

const REDRAWS_PER_SECOND = 8;

export class TreeDisplay implements Display {
    readonly #area: LiveArea;
    readonly #write: (text: string) => void;
    readonly #colors: Colors;
    readonly #summary: Summary;
    readonly #planning: boolean;
    readonly #columns: () => number;
    readonly #rows: Rows;
    readonly #timer: NodeJS.Timeout;
    #ended = false;

    constructor(
        area: LiveArea,
        write: (text: string) => void,
        colors: Colors,
        summary: Summary,
        planning: boolean,
        columns: () => number,
    ) {
        this.#area = area;
        this.#write = write;
        this.#colors = colors;
        this.#summary = summary;
        this.#planning = planning;
        this.#columns = columns;
        this.#rows = new Rows(summary.stackURN, planning);
        this.#timer = setInterval(() => this.#draw(), 1000 / REDRAWS_PER_SECOND);
        this.#timer.unref();
    }

    event(event: EngineEvent): void {
        this.#summary.event(event);
        switch (event.kind) {
            case "begin":
            case "done":
            case "failed":
                if (!event.step.internal) this.#rows.step(event, Date.now());
                break;
            case "diagnostic":
                this.#rows.message(event.urn || this.#summary.stackURN, event);
                break;
            case "output":
                if (!isProviderException(event)) {
                    this.#rows.message(this.#summary.stackURN, { severity: "info", text: event.text });
                }
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
        const rows = this.#rows.tree().map(({ row, branch }) => ({ row: this.#shown(row), branch }));
        if (rows.length === 0) {
            return;
        }
        const cells = rows.map((row) => this.#cellsOf(row));
        const headings = ["Type", "Name", this.#planning ? "Plan" : "Status"];
        const needsInfo = cells.some(([, , , info]) => info !== "");
        const table = needsInfo
            ? [[...headings, "Info"], ...cells]
            : [headings, ...cells.map((row) => row.slice(0, 3))];
        const [heading = "", ...lines] = alignColumns(table);
        const colored = rows.map(({ row }, index) => this.#colored(row, lines[index] ?? ""));
        this.#area([this.#colors.bold(`     ${heading}`), ...colored, ""].join("\n"));
    }

    /** Shows a replacement as a whole before it starts and after it has succeeded, and its operations meanwhile. */
    #shown(row: Row): Row {
        const hasFailed = this.#rows.all().some(({ status }) => status === "failed");
        return this.#planning || (this.#ended && !hasFailed) ? asReplacement(row) : row;
    }

    #cellsOf({ row, branch }: { row: Row; branch: string }): string[] {
        const { type, name } = parseUrn(row.urn);
        return [branch + displayType(type), name, statusOf(row, this.#circumstances(row)), this.#infoOf(row)];
    }

    #colored(row: Row, line: string): string {
        const { mark, color } = OPERATION_TEXT[row.operation];
        const text = ` ${mark}  ${line}`.trimEnd().slice(0, this.#columns());
        if (isFailed(row, this.#circumstances(row))) return this.#colors.red(text);
        return row.operation === "same" ? text : this.#colors[color](text);
    }

    /** The latest message while the deployment runs, and the number of messages after it, because they follow in full. */
    #infoOf({ urn, info, diff }: Row): string {
        return [diff, this.#ended ? this.#summary.counts(urn) : info].filter(Boolean).join("; ");
    }

    #circumstances({ urn }: Row): { hasErrors: boolean; isOver: boolean } {
        return { hasErrors: this.#summary.hasErrors(urn), isOver: this.#ended };
    }
}
