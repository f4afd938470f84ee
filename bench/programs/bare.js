/** `BENCH_SIZE` dynamic resources with a constant provider: the least that Pulumi does for a dynamic resource. */
"use strict";
const pulumi = require("@pulumi/pulumi");

const PROVIDER = 'exports.handler=()=>require(process.cwd()+"/constantProvider.js").handler';

class Bare extends pulumi.CustomResource {
    constructor(name) {
        super("pulumi-nodejs:dynamic/bench:Bare", name, { name, value: 1, __provider: PROVIDER });
    }
}

for (let index = 0; index < Number(process.env.BENCH_SIZE); index++) new Bare(`bare${index}`);
