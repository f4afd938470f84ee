/** Runs programs for the pulumi command in this process, instead of the language host and a process for each program. */
import type { sendUnaryData, Server, ServerUnaryCall } from "@grpc/grpc-js";
import type * as languageService from "@pulumi/pulumi/proto/language_grpc_pb";
import type * as languageMessages from "@pulumi/pulumi/proto/language_pb";
import type * as pluginMessages from "@pulumi/pulumi/proto/plugin_pb";
import { createRequire } from "node:module";
import type { Sdk } from "../../../engine/protocol/sdk";
import type { Program } from "../random/programs";
import { REPORTED, runProgram } from "./program";

const load = createRequire(createRequire(__filename).resolve("@pulumi/pulumi/package.json"));
const { LanguageRuntimeService } = load("./proto/language_grpc_pb.js") as typeof languageService;
const language = load("./proto/language_pb.js") as typeof languageMessages;
const plugin = load("./proto/plugin_pb.js") as typeof pluginMessages;

type Handler<Request, Response> = (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void;

export class LanguageServer {
    readonly #server: Server;
    readonly #sdk: Sdk;
    program: Program = { resources: [] };

    constructor(sdk: Sdk) {
        this.#sdk = sdk;
        this.#server = new sdk.grpc.Server();
        const run: Handler<languageMessages.RunRequest, languageMessages.RunResponse> = (call, callback) => {
            void runProgram(sdk, call.request.getMonitorAddress(), this.program).then((status) => {
                const response = new language.RunResponse();
                if (status === REPORTED) response.setBail(true);
                else if (status !== 0) response.setError(`Program exited with non-zero exit code: ${status}`);
                callback(null, response);
            });
        };
        const answer =
            <Response>(response: () => Response): Handler<unknown, Response> =>
            (_call, callback) =>
                callback(null, response());
        const served: Record<string, unknown> = {
            run,
            getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
            getRequiredPlugins: answer(() => new language.GetRequiredPluginsResponse()),
            getPluginInfo: answer(() => new plugin.PluginInfo().setVersion("1.0.0")),
            cancel: answer(() => new sdk.empty.Empty()),
        };
        const unimplemented: Handler<unknown, unknown> = (_call, callback) =>
            callback({ code: sdk.grpc.status.UNIMPLEMENTED, details: "not needed" });
        this.#server.addService(
            LanguageRuntimeService,
            Object.fromEntries(
                Object.keys(LanguageRuntimeService).map((method) => [method, served[method] ?? unimplemented]),
            ) as never,
        );
    }

    /** Resolves with the address. */
    listen(): Promise<string> {
        return new Promise((resolve, reject) =>
            this.#server.bindAsync("127.0.0.1:0", this.#sdk.grpc.ServerCredentials.createInsecure(), (error, port) =>
                error ? reject(error) : resolve(`127.0.0.1:${port}`),
            ),
        );
    }

    close(): void {
        this.#server.forceShutdown();
    }
}
