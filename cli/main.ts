#!/usr/bin/env node
/** The command `pulumi-agb`. Each subcommand's own module is loaded when it is called. */
import { reportFailure } from "./reportError";

async function main(): Promise<void> {
    // Loaded here, so that a missing optional package is reported like any other failure.
    const { runCommand } = await import("./commands.js");
    await runCommand(process.argv);
}

main().catch(reportFailure);
