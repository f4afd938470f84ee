/** What the user reads about a command that failed. */
import { stripVTControlCharacters } from "node:util";
import { commandLine } from "../../../common/commandLine";
import { CommandLogging } from "../../definitions/command";
import { displayName } from "../origin";
import { timeLimitMs } from "../support/timeouts";
import type { RunResult } from "./run";
import type { CommandInputs, CommandOperation } from "./state";

const MAX_LINES = 5;
const MAX_LENGTH = 400;

export const subjectOf = (operation: CommandOperation, inputs: CommandInputs): string =>
    `${displayName("Command", inputs)} (${operation} in session ${inputs.sessionId})`;

/** Why a run that is over does not count as a success. */
export function failureReason(operation: CommandOperation, inputs: CommandInputs, result: RunResult): string {
    const subject = subjectOf(operation, inputs);
    const repeat = `Run \`${commandLine(operation === "delete" ? "destroy" : "up")}\` again to repeat it`;
    const { exitCode, isTimedOut } = result;
    if (isTimedOut) {
        const limit = `${timeLimitMs(inputs, operation) / 1000} s (customTimeouts.${operation})`;
        return `${subject} did not finish within ${limit} and was ended: ${lastLines(inputs, result)}. ${repeat}, or allow more time with customTimeouts.`;
    }
    if (exitCode === undefined) {
        return `${subject} ended without an exit code: its processes were killed, or its files below /tmp were removed. ${repeat}.`;
    }
    return `${subject} failed with exit code ${exitCode}: ${lastLines(inputs, result)}. ${repeat}, or set onFailure: "report" to let the deployment succeed anyway.`;
}

/** The end of the output, if it may be shown: of stderr, or of stdout if stderr is empty. */
function lastLines({ logging }: CommandInputs, { stdout, stderr }: RunResult): string {
    if (logging === CommandLogging.None) return 'its output is not shown with logging: "none"';
    const shown = [
        ...(logging === CommandLogging.Stdout ? [] : [stderr]),
        ...(logging === CommandLogging.Stderr ? [] : [stdout]),
    ].map((text) => stripVTControlCharacters(text).trim());
    const lines = (shown.find((text) => text !== "") ?? "").split(/\s*[\r\n]+\s*/).slice(-MAX_LINES);
    const text = lines.join(" | ").replace(/\.$/, "");
    if (text === "") return "it printed nothing";
    return text.length > MAX_LENGTH ? `…${text.slice(-MAX_LENGTH)}` : text;
}
