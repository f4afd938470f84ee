/** The subcommand `gen-completion`: describes all subcommands and options to a shell. */
import type { Command, Option } from "commander";
import { UserError } from "../engine/model/userError";
import { SHELLS, type Node } from "./completionScripts";
import type { RegisterCommand } from "./subcommand";

export const register: RegisterCommand = (command) => {
    command.argument("<shell>", `The shell: ${[...SHELLS.keys()].join(", ")}`).action((shell: string) => {
        const script = SHELLS.get(shell);
        if (script === undefined) throw new UserError(`"${shell}" is not a supported shell`);
        const root = command.parent;
        if (root !== null) process.stdout.write(script(nodesOf(root, "")));
    });
};

/** The command, followed by all subcommands at any depth. */
function nodesOf(command: Command, path: string): Node[] {
    const help = command.createHelp();
    const subcommands = help.visibleCommands(command);
    const node = {
        path,
        subcommands: subcommands.map((child) => ({ name: child.name(), description: child.description() })),
        options: help.visibleOptions(command).map(describeOption),
    };
    return [node, ...subcommands.flatMap((child) => nodesOf(child, `${path}/${child.name()}`))];
}

function describeOption({ short, long, description, required, optional }: Option): Node["options"][number] {
    return { short, long, description, takesValue: required || optional };
}
