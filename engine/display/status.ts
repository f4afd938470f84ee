/** The status of a row in Pulumi's terms: `creating (3s)`, `created (4s)`, `**creating failed**`. */
import { parseUrn, STACK_TYPE } from "../model/urn";
import { formatDuration, OPERATION_TEXT } from "./operations";
import type { Row } from "./rows";

interface Circumstances {
    /** The resource has an error. */
    hasErrors: boolean;
    /** The deployment has ended, so nothing is in progress. */
    isOver: boolean;
}

export function statusOf(row: Row, { hasErrors, isOver }: Circumstances): string {
    const { planned, doing, done } = OPERATION_TEXT[row.operation];
    if (!isOver && row.status !== "done" && isUnchangedStack(row)) return "running";
    if (row.status === "planned") return planned;
    if (isFailed(row, { hasErrors, isOver })) {
        const [verb = ""] = doing.split(" ");
        return `**${`${verb} failed`.trim()}**`;
    }
    if (row.status === "done") return done && `${done} (${formatDuration(row.endedAt - row.startedAt)})`;
    if (!isOver) return doing && `${doing} (${Math.floor((Date.now() - row.startedAt) / 1000)}s)`;
    // A component is complete if the program ends without registering its outputs.
    return isInterrupted(row) ? `${doing} (interrupted)` : done;
}

const isUnchangedStack = ({ urn, operation }: Row): boolean =>
    operation === "same" && parseUrn(urn).type === STACK_TYPE;

/** Whether the row's operation failed. A preview does not say so, because it only counts the errors. */
export const isFailed = (row: Row, { hasErrors, isOver }: Circumstances): boolean =>
    row.status === "failed" || (row.status !== "planned" && hasErrors && (isOver || row.status === "done"));

/** Whether the operation was still running when the deployment ended. */
export const isInterrupted = ({ custom, status, operation }: Row): boolean =>
    custom && status === "doing" && operation !== "same";
