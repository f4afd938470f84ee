/** Plays a random program: sends the engine what the SDK would send, one resource after another, so that their order is known. */
import type { ServiceError } from "@grpc/grpc-js";
import type * as aliasMessages from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { createRequire } from "node:module";
import type { PropertyMap } from "../../../engine/model/types";
import type { RegisterResult, ResourceGoal } from "../../../engine/plan/goal";
import type { Sdk } from "../../../engine/protocol/sdk";
import { tagOf } from "../random/account";
import { goalOf, neededBy, providerGoal, stackGoal, type Dialect } from "../random/goals";
import { providersOf, THING, type Program } from "../random/programs";

/** The SDK's own exit code after an error that it has reported. */
export const REPORTED = 32;
const PROVIDER = 'exports.handler=()=>require("recorder/handlers")';

/** How programs speak to the recorder. */
export const RECORDER: Dialect = {
    steering: ({ slot, name, diffsByEngine }) => ({
        ...(diffsByEngine && { diffMode: "unknown" }),
        name,
        outs: { tag: tagOf(slot) },
        replaceOn: ["kind", "seat", "badge"],
    }),
    made: "out",
};

const load = createRequire(createRequire(__filename).resolve("@pulumi/pulumi/package.json"));
const { Alias } = load("./proto/alias_pb.js") as typeof aliasMessages;

/** Returns the exit status of the program. */
export async function runProgram(sdk: Sdk, monitor: string, program: Program): Promise<number> {
    const client = new sdk.resourceService.ResourceMonitorClient(monitor, sdk.grpc.credentials.createInsecure());
    try {
        return await play(sdk, client, program);
    } catch (error) {
        // An engine that stops closes the connection, which the SDK does not report.
        const { UNAVAILABLE, CANCELLED } = sdk.grpc.status;
        if ([UNAVAILABLE, CANCELLED].includes((error as ServiceError).code)) return 0;
        return REPORTED;
    } finally {
        client.close();
    }
}

type Client = InstanceType<Sdk["resourceService"]["ResourceMonitorClient"]>;

async function play(sdk: Sdk, client: Client, program: Program): Promise<number> {
    const register = (goal: ResourceGoal): Promise<RegisterResult> => registerResource(sdk, client, goal);
    const stack = await register(stackGoal);
    const providers = new Map<string, RegisterResult>();
    for (const name of providersOf(program)) providers.set(name, await register(providerGoal(name, stack.urn)));
    const registered = new Map<number, RegisterResult>();
    let isBroken = false;
    for (const [position, declared] of program.resources.entries()) {
        if (position === program.breaksAt) isBroken = true;
        if (position === program.breaksAt) break;
        const provider = providers.get(declared.provider ?? "");
        // The SDK fails what needs a resource that could not be registered.
        if (neededBy(declared).some((slot) => !registered.has(slot)) || provider?.result === "failed") {
            isBroken = true;
            continue;
        }
        const result = await register(goalOf(declared, RECORDER, stack.urn, registered, provider));
        if (result.result !== "success") continue;
        registered.set(declared.slot, result);
        if (declared.component) await registerOutputs(sdk, client, result.urn, {});
    }
    await registerOutputs(sdk, client, stack.urn, isBroken ? {} : { count: registered.size });
    if (isBroken) return REPORTED;
    await new Promise<void>((resolve, reject) =>
        client.signalAndWaitForShutdown(new sdk.empty.Empty(), (error) => (error ? reject(error) : resolve())),
    );
    return program.exitsWith ?? 0;
}

async function registerResource(sdk: Sdk, client: Client, goal: ResourceGoal): Promise<RegisterResult> {
    const request = new sdk.resource.RegisterResourceRequest();
    const sent: PropertyMap = goal.type === THING ? { ...goal.properties, __provider: PROVIDER } : goal.properties;
    request
        .setType(goal.type)
        .setName(goal.name)
        .setCustom(goal.custom)
        .setObject(sdk.struct.Struct.fromJavaScript(sent));
    request.setParent(goal.parent ?? "").setProvider(goal.provider ?? "");
    request.setDependenciesList(goal.dependencies).setReplaceWithList(goal.replaceWith);
    request.setIgnorechangesList(goal.ignoreChanges).setReplaceonchangesList(goal.replaceOnChanges);
    if (goal.protect !== undefined) request.setProtect(goal.protect);
    if (goal.retainOnDelete !== undefined) request.setRetainondelete(goal.retainOnDelete);
    if (goal.deleteBeforeReplace !== undefined) {
        request.setDeletebeforereplace(goal.deleteBeforeReplace).setDeletebeforereplacedefined(true);
    }
    for (const key of Object.keys(sent)) {
        const dependencies = new sdk.resource.RegisterResourceRequest.PropertyDependencies();
        dependencies.setUrnsList(goal.propertyDependencies[key] ?? []);
        request.getPropertydependenciesMap().set(key, dependencies);
    }
    request.setAliasspecs(true).setAliasesList(goal.aliases.map(aliasMessage));
    request.setAcceptsecrets(true).setAcceptresources(true).setSupportspartialvalues(true);
    request.setSupportsresultreporting(true);
    const response = await new Promise<RegisterResourceResponse>((resolve, reject) =>
        client.registerResource(request, (error, message) => (error ? reject(error) : resolve(message))),
    );
    return {
        result: response.getResult() === sdk.resource.Result.SUCCESS ? "success" : "failed",
        urn: response.getUrn(),
        id: response.getId(),
        outputs: response.getObject()?.toJavaScript() ?? {},
    };
}

function aliasMessage(alias: ResourceGoal["aliases"][number]): aliasMessages.Alias {
    const message = new Alias();
    return "urn" in alias ? message.setUrn(alias.urn) : message.setSpec(new Alias.Spec().setName(alias.name ?? ""));
}

const registerOutputs = (sdk: Sdk, client: Client, urn: string, outputs: PropertyMap): Promise<void> =>
    new Promise((resolve, reject) => {
        const request = new sdk.resource.RegisterResourceOutputsRequest();
        request.setUrn(urn).setOutputs(sdk.struct.Struct.fromJavaScript(outputs));
        client.registerResourceOutputs(request, (error) => (error ? reject(error) : resolve()));
    });
