/** `pulumi-agb output`, which is also `pulumi-agb stack output`. */
import { locateStack, readOutputs } from "../engine/stack";
import { SECRET, SIGNATURE, type PropertyMap, type PropertyValue } from "../engine/model/types";
import { UserError } from "../engine/model/userError";
import type { RegisterCommand } from "./commands";
import { stackOptions, type StackFlags } from "./options";

interface OutputFlags extends StackFlags {
    json?: boolean;
    showSecrets?: boolean;
}

export const register: RegisterCommand = (command) => {
    stackOptions(command)
        .argument("[name]", "only this output")
        .option("-j, --json", "print JSON")
        .option("--show-secrets", "print secrets in plain text")
        .action(printOutputs);
};

async function printOutputs(name: string | undefined, flags: OutputFlags): Promise<void> {
    const showSecrets = flags.showSecrets === true;
    const stored = await readOutputs(locateStack(flags.cwd, flags.stack, process.env), process.env, showSecrets);
    const outputs = reveal(stored, showSecrets) as PropertyMap;
    if (name === undefined) {
        process.stdout.write(flags.json ? `${JSON.stringify(outputs, undefined, 2)}\n` : table(outputs));
        return;
    }
    const value = outputs[name];
    if (value === undefined) {
        throw new UserError(`current stack does not have output property '${name}'`);
    }
    process.stdout.write(`${flags.json ? JSON.stringify(value, undefined, 2) : text(value)}\n`);
}

/** The value as the program gave it; a secret, at any depth, is hidden unless it may be shown. */
function reveal(value: PropertyValue, showSecrets: boolean): PropertyValue {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => reveal(item, showSecrets));
    }
    if (value[SIGNATURE] === SECRET) {
        return showSecrets ? reveal(value.value ?? null, showSecrets) : "[secret]";
    }
    return Object.fromEntries(
        Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, field]) => [key, reveal(field, showSecrets)]),
    );
}

function table(outputs: PropertyMap): string {
    const names = Object.keys(outputs);
    if (names.length === 0) {
        return "Current stack outputs (0):\n    No output values currently in this stack\n";
    }
    const width = Math.max("OUTPUT".length, ...names.map((name) => name.length));
    const rows = [["OUTPUT", "VALUE"], ...names.map((name) => [name, text(outputs[name] ?? null)])];
    return `Current stack outputs (${names.length}):\n${rows.map(([name = "", value = ""]) => `    ${name.padEnd(width)}  ${value}\n`).join("")}`;
}

function text(value: PropertyValue): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}
