/** Prints the CPU time, in milliseconds, to load Pulumi's SDK, and then this package. */
"use strict";

function cpuOf(work) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
}

const sdk = cpuOf(() => require("@pulumi/pulumi"));
const ours = cpuOf(() => require("pulumi-agb"));
console.log(JSON.stringify({ sdk, ours }));
