/** What a keeper reports: one line for each event, or one JSON object. */
import { oneLine } from "../../common/oneLine";

type KeeperEvent =
    | "started"
    | "up"
    | "succeeded"
    | "failed"
    | "session"
    | "warning"
    | "unreachable"
    | "reachable"
    | "outputs"
    | "command"
    | "stopping"
    | "destroying"
    | "stopped";

/** Prints an event. `details` are shown only in JSON. */
export type Report = (event: KeeperEvent, message: string, details?: object) => void;

/** Messages contain what programs and services have said. */
const MAX_MESSAGE = 1000;

export function createReport(json: boolean): Report {
    return (event, message, details) => {
        const time = new Date().toISOString();
        const text = oneLine(message, MAX_MESSAGE);
        process.stdout.write(
            json ? `${JSON.stringify({ time, event, message: text, ...details })}\n` : `${time} ${text}\n`,
        );
    };
}
