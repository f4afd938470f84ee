/** The subcommand `output`, which is also `stack output`. */
import { SECRET, SIGNATURE, type PropertyMap, type PropertyValue } from "../engine/model/types";
import { UserError } from "../engine/model/userError";
import { locateStack, readOutputs, type LocatedStack } from "../engine/stack";
import { stackOptions, type StackFlags } from "./options";
import { printJson, printTable } from "./print";
import type { RegisterCommand } from "./subcommand";

interface OutputFlags extends StackFlags {
    json?: boolean;
    showSecrets?: boolean;
}

export const register: RegisterCommand = (command) => {
    stackOptions(command)
        .argument("[name]", "Print only this output")
        .option("-j, --json", "Print JSON")
        .option("--show-secrets", "Print secrets in plain text")
        .action(printOutputs);
};

async function printOutputs(name: string | undefined, flags: OutputFlags): Promise<void> {
    const outputs = await outputsOf(locateStack(flags.cwd, flags.stack, process.env), flags.showSecrets === true);
    if (name === undefined) {
        if (flags.json) printJson(outputs);
        else printTableOf(outputs);
        return;
    }
    const value = outputs[name];
    if (value === undefined) {
        throw new UserError(`current stack does not have output property '${name}'`);
    }
    if (flags.json) printJson(value);
    else process.stdout.write(`${toText(value)}\n`);
}

export async function printAllOutputs(stack: LocatedStack, showSecrets: boolean): Promise<void> {
    printTableOf(await outputsOf(stack, showSecrets));
}

async function outputsOf(stack: LocatedStack, showSecrets: boolean): Promise<PropertyMap> {
    return unwrapSecrets(await readOutputs(stack, process.env, showSecrets), showSecrets) as PropertyMap;
}

/** The value as the program set it. Secrets at any depth are hidden unless `showSecrets` is set. */
function unwrapSecrets(value: PropertyValue, showSecrets: boolean): PropertyValue {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => unwrapSecrets(item, showSecrets));
    }
    if (value[SIGNATURE] === SECRET) {
        return showSecrets ? unwrapSecrets(value.value ?? null, showSecrets) : "[secret]";
    }
    return Object.fromEntries(
        Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, property]) => [key, unwrapSecrets(property, showSecrets)]),
    );
}

function printTableOf(outputs: PropertyMap): void {
    const entries = Object.entries(outputs);
    process.stdout.write(`Current stack outputs (${entries.length}):\n`);
    if (entries.length === 0) process.stdout.write("    No output values currently in this stack\n");
    else printTable([["OUTPUT", "VALUE"], ...entries.map(([name, value]) => [name, toText(value)])], "    ");
}

function toText(value: PropertyValue): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}
