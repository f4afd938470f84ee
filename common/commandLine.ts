/** The commands that messages name. Those of the provider are shown under `pulumi` and under the embedded engine. */

// The processes of programs and providers inherit the variables, because their messages also name commands.

/** Lets messages name the command of the embedded engine, as users run it: installed in their project or not. */
export function nameEmbeddedCommand(): void {
    process.env.PULUMI_AGB_COMMAND = "npx pulumi-agb";
    nameStack(undefined);
}

/** Lets messages name a stack that commands would not use without --stack. Undefined for the selected one. */
export function nameStack(stack: string | undefined): void {
    if (stack === undefined) delete process.env.PULUMI_AGB_STACK;
    else process.env.PULUMI_AGB_STACK = stack;
}

/** A command that works as typed, such as `up`. It names `stack`, or else the stack that messages have to name. */
export function commandLine(command: string, stack = process.env.PULUMI_AGB_STACK): string {
    const option = stack === undefined ? "" : ` --stack ${stack}`;
    return `${commandName()} ${command}${option}`;
}

export function commandName(): string {
    return process.env.PULUMI_AGB_COMMAND ?? "pulumi";
}
