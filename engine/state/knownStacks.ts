/** What messages say about the stacks of a project. */
import { commandLine } from "../../common/commandLine";
import { nearestWord } from "../../common/nearestWord";
import { STACK_NOT_FOUND, UserError } from "../model/userError";
import type { FileBackend, StackReference } from "./backend";

/** One sentence: the stacks of the project, or how to create the first one. */
export function describeStacks(backend: FileBackend, project: string, name = "NAME"): string {
    const known = stackNames(backend, project);
    return known.length > 0
        ? `The project has these stacks: ${known.join(", ")}.`
        : `The project has no stacks yet: create one with \`${commandLine("up", name)}\`.`;
}

export function stackNotFound(backend: FileBackend, { project, name }: StackReference): UserError {
    const nearest = nearestWord(name, stackNames(backend, project));
    const suggestion = nearest === undefined ? "." : `; did you mean '${nearest}'?`;
    return new UserError(
        `no stack named '${name}' found${suggestion} ${describeStacks(backend, project, name)}`,
        STACK_NOT_FOUND,
    );
}

const stackNames = (backend: FileBackend, project: string): string[] =>
    backend.listStacks(project).map(({ name }) => name);
