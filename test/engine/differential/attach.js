/** Preloaded into a dynamic provider, so that the pulumi command can attach to a running one (PULUMI_DEBUG_PROVIDERS). */
"use strict";
const { createRequire } = require("node:module");

const load = createRequire(process.argv[1]);
const { Server } = load("@grpc/grpc-js");
const { Empty } = load("google-protobuf/google/protobuf/empty_pb.js");

const { addService } = Server.prototype;
Server.prototype.addService = function (service, implementation) {
    implementation.attach = (_call, callback) => callback(null, new Empty());
    return addService.call(this, service, implementation);
};
