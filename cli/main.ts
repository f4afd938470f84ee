#!/usr/bin/env node
/** The command `pulumi-agb`. The module of a subcommand is loaded when it is called. */
import { reportFailure } from "./reportError";

async function main(): Promise<void> {
    // Imported here so a missing optional package is reported like any other failure.
    const { runCommand } = await import("./commands.js");
    await runCommand(process.argv);
}

main().catch(reportFailure);
