/**
 * Loads the protocol stubs from the program's own `@pulumi/pulumi`, with the gRPC library and protobuf runtime that they were
 * generated for, so that both sides always speak the same version.
 */

import { createRequire } from "node:module";
import { join } from "node:path";

import type * as grpc from "@grpc/grpc-js";
import type * as callbackService from "@pulumi/pulumi/proto/callback_grpc_pb";
import type * as callbackMessages from "@pulumi/pulumi/proto/callback_pb";
import type * as engineService from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as engineMessages from "@pulumi/pulumi/proto/engine_pb";
import type * as providerService from "@pulumi/pulumi/proto/provider_grpc_pb";
import type * as providerMessages from "@pulumi/pulumi/proto/provider_pb";
import type * as resourceService from "@pulumi/pulumi/proto/resource_grpc_pb";
import type * as resourceMessages from "@pulumi/pulumi/proto/resource_pb";
import type * as statusMessages from "@pulumi/pulumi/proto/status_pb";
import type * as empty from "google-protobuf/google/protobuf/empty_pb";
import type * as struct from "google-protobuf/google/protobuf/struct_pb";

export interface Sdk {
    version: string;
    /** The script that runs a program. */
    programRunner: string;
    /** The script that serves dynamic providers. */
    providerServer: string;
    grpc: typeof grpc;
    empty: typeof empty;
    struct: typeof struct;
    callbackService: typeof callbackService;
    callback: typeof callbackMessages;
    engineService: typeof engineService;
    engine: typeof engineMessages;
    resourceService: typeof resourceService;
    resource: typeof resourceMessages;
    providerService: typeof providerService;
    provider: typeof providerMessages;
    status: typeof statusMessages;
}

/** The same limit as Pulumi's: 400 MB. */
export const CHANNEL_OPTIONS = { "grpc.max_receive_message_length": 400 * 1024 * 1024 };

export function loadSdk(programDirectory: string): Sdk {
    const fromProgram = createRequire(join(programDirectory, "package.json"));
    let manifest: string;
    try {
        manifest = fromProgram.resolve("@pulumi/pulumi/package.json");
    } catch {
        throw new Error(
            `the package @pulumi/pulumi is not installed in ${programDirectory}. Install it there: npm install @pulumi/pulumi`,
        );
    }
    const load = createRequire(manifest);
    const { version } = load(manifest) as { version: string };
    return {
        version,
        programRunner: load.resolve("./cmd/run/index.js"),
        providerServer: load.resolve("./cmd/dynamic-provider/index.js"),
        // Each is loaded on first use, so that the program and the provider, which take longer to load, start before that.
        get grpc() {
            return load("@grpc/grpc-js") as typeof grpc;
        },
        get empty() {
            return load("google-protobuf/google/protobuf/empty_pb.js") as typeof empty;
        },
        get struct() {
            return load("google-protobuf/google/protobuf/struct_pb.js") as typeof struct;
        },
        get callbackService() {
            return load("./proto/callback_grpc_pb.js") as typeof callbackService;
        },
        get callback() {
            return load("./proto/callback_pb.js") as typeof callbackMessages;
        },
        get engineService() {
            return load("./proto/engine_grpc_pb.js") as typeof engineService;
        },
        get engine() {
            return load("./proto/engine_pb.js") as typeof engineMessages;
        },
        get resourceService() {
            return load("./proto/resource_grpc_pb.js") as typeof resourceService;
        },
        get resource() {
            return load("./proto/resource_pb.js") as typeof resourceMessages;
        },
        get providerService() {
            return load("./proto/provider_grpc_pb.js") as typeof providerService;
        },
        get provider() {
            return load("./proto/provider_pb.js") as typeof providerMessages;
        },
        get status() {
            return load("./proto/status_pb.js") as typeof statusMessages;
        },
    };
}
