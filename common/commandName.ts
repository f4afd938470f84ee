/** The command that messages name. Those of the provider are shown under `pulumi` and under the embedded engine. */

/** How users run the embedded engine: installed in their project or not. */
export const EMBEDDED_COMMAND = "npx pulumi-agb";

const VARIABLE = "PULUMI_AGB_COMMAND";

/** Lets messages of this process, and of those that it starts, name the command of the embedded engine. */
export function nameEmbeddedCommand(): void {
    process.env[VARIABLE] = EMBEDDED_COMMAND;
}

export function commandName(): string {
    return process.env[VARIABLE] ?? "pulumi";
}
