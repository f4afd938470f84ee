/** The command `stack` without a subcommand: a stack's resources as a tree, and its outputs. */
import { hostname } from "node:os";
import type { Command } from "commander";
import { alignColumns } from "../common/columns";
import { commandLine } from "../common/commandLine";
import { parseUrn, STACK_TYPE } from "../engine/model/urn";
import { locateStack } from "../engine/stack";
import { readHistory } from "../engine/state/history";
import { readDeployment } from "../engine/state/stackState";
import type { StackFlags } from "./options";
import { printAllOutputs } from "./output";
import { relativeTime } from "./relativeTime";

interface InfoFlags extends StackFlags {
    showIds?: boolean;
    showUrns?: boolean;
    showSecrets?: boolean;
    showName?: boolean;
}

/** What the tree shows of a resource. */
interface Resource {
    urn: string;
    type: string;
    id?: string;
    parent?: string;
}

export function registerInfo(stack: Command): void {
    stack
        .option("-i, --show-ids", "Show the ids of the resources")
        .option("-u, --show-urns", "Show the URNs of the resources")
        .option("--show-secrets", "Show secret outputs in plain text")
        .option("--show-name", "Print only the name of the stack")
        .allowExcessArguments()
        .action(async (flags: InfoFlags) => {
            const [unknown] = stack.args;
            if (unknown !== undefined) {
                stack.error(`unknown command '${unknown}'`, { code: "commander.unknownCommand" });
            }
            await printInfo(flags);
        });
}

async function printInfo(flags: InfoFlags): Promise<void> {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    const { backend, reference } = located;
    const { deployment } = await readDeployment(backend, reference);
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    if (flags.showName) {
        print(reference.name);
        return;
    }
    const resources: Resource[] = deployment?.resources ?? [];
    print(`Current stack is ${reference.name}:`);
    print(`    Managed by ${hostname()}`);
    const time = deployment?.manifest?.time;
    const isUpdated = resources.length > 0 || (await readHistory(backend, reference)).length > 0;
    if (!isUpdated) print(`    No updates yet; run \`${commandLine("up")}\``);
    else if (time !== undefined) print(`    Last updated: ${relativeTime(new Date(time))} (${time})`);
    print(`Current stack resources (${resources.length}):`);
    if (resources.length === 0) print("    No resources currently in this stack");
    else {
        tree(resources, flags).forEach(print);
        print("");
        await printAllOutputs(located, flags.showSecrets === true);
    }
    print("\nUse `npx pulumi-agb stack select` to change stack; `npx pulumi-agb stack ls` lists known ones");
}

/** The rows of the table, each followed by the id and the URN of the resource if they are shown. */
function tree(resources: Resource[], flags: InfoFlags): string[] {
    const urns = new Set(resources.map(({ urn }) => urn));
    const root = resources.find(({ type }) => type === STACK_TYPE);
    const isTop = (resource: Resource): boolean => resource.parent === undefined || !urns.has(resource.parent);
    // Providers have no parent, but are shown below the stack.
    const childrenOf = (resource: Resource): Resource[] =>
        resources.filter(
            (other) => other !== root && (other.parent === resource.urn || (resource === root && isTop(other))),
        );
    const rows: { cells: string[]; details: string[] }[] = [];
    const add = (resource: Resource, branch: string, indent: string): void => {
        const children = childrenOf(resource);
        const margin = `${indent}${children.length > 0 ? "│  " : "   "}    `;
        rows.push({
            cells: [branch + resource.type, parseUrn(resource.urn).name],
            details: [
                ...(flags.showUrns ? [`${margin}URN: ${resource.urn}`] : []),
                ...(flags.showIds && resource.id ? [`${margin}ID: ${resource.id}`] : []),
            ],
        });
        for (const [index, child] of children.entries()) {
            const isLast = index === children.length - 1;
            add(child, `${indent}${isLast ? "└─ " : "├─ "}`, `${indent}${isLast ? "   " : "│  "}`);
        }
    };
    const tops = root === undefined ? resources.filter(isTop) : [root];
    for (const top of tops) add(top, "", "");
    const [heading = "", ...lines] = alignColumns([["TYPE", "NAME"], ...rows.map(({ cells }) => cells)]);
    return [heading, ...lines.flatMap((line, index) => [line, ...(rows[index]?.details ?? [])])].map(
        (line) => `    ${line}`,
    );
}
