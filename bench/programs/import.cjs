/** Prints the CPU time, in milliseconds, to load Pulumi's SDK, then this package, and then what two of its resources need. */
"use strict";

function cpuOf(work) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
}

const sdk = cpuOf(() => require("@pulumi/pulumi"));
const ours = cpuOf(() => require("pulumi-agb"));
const resources = cpuOf(() => ["Context", "Session"].map((name) => require("pulumi-agb")[name]));
console.log(JSON.stringify({ sdk, ours, used: ours + resources }));
