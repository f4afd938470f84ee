#!/usr/bin/env node
/** The command `pulumi-agb`. Each subcommand's own module is loaded when it is called. */
