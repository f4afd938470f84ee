/** The running session that an argument of a command names. */
import { commandLine } from "../common/commandLine";
import { nearestWord } from "../common/nearestWord";
import { UserError } from "../engine/model/userError";
import { sessionEndState, type AgbClient } from "../provider/agb";
import { listRunning, runningIds, type RunningSession } from "../provider/handlers/session/running";
import type { StackOfSessions } from "./account";

/** Finds a running session by its id, or by the name of its resource: in a project, by that of the given stack. */
export async function sessionNamed(agb: AgbClient, text: string, stack: StackOfSessions | undefined): Promise<string> {
    const [id, ...others] = await runningIds(agb, { name: text, ...stack });
    if (id !== undefined && others.length === 0) return id;
    if (id === undefined && !(await sessionEndState(agb, text))) return text;
    throw new UserError(problemWith(text, await listRunning(agb)));
}

function problemWith(text: string, running: RunningSession[]): string {
    const list = `To see those that it has, run \`${commandLine("session list")}\`.`;
    const namesakes = running.filter(({ name }) => name === text);
    if (namesakes.length > 0) {
        return `the name "${text}" is not enough to find a session: ${namesakes.map(describe).join(", ")}. Pass an id instead.`;
    }
    const words = running.flatMap(({ id, name }) => (name === undefined ? [id] : [name, id]));
    const nearest = nearestWord(text, [...new Set(words)]);
    const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
    return `the account has no running session with the name or id "${text}".${hint} ${list}`;
}

const describe = ({ id, stack = "?", project = "?" }: RunningSession): string =>
    `${id} is of stack ${stack} of project ${project}`;
