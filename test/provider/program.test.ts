/** What a program registers, seen through Pulumi's mocks. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type * as Agb from "../../provider";
import { contextDefinition } from "../../provider/definitions/context";
import { contextFileDefinition } from "../../provider/definitions/contextFile";
import { contextFolderDefinition } from "../../provider/definitions/contextFolder";
import type { ResourceDefinition } from "../../provider/definitions/definition";
import { sessionDefinition } from "../../provider/definitions/session";
import { syncDefinition } from "../../provider/definitions/sync";
import { assertHandlersResolve } from "../../provider/dynamic/handlersCheck";
import { tempFolder } from "../support/tempFolder";

/** The part of the SDK's monitor that receives registrations. */
interface Monitor {
    registerResource(request: RegisterResourceRequest, callback: unknown): unknown;
}

const registered: pulumi.runtime.MockResourceArgs[] = [];

let agb: typeof Agb;
beforeAll(async () => {
    await pulumi.runtime.setMocks(
        {
            newResource(args) {
                registered.push(args);
                return { id: `${args.name}-id`, state: { ...(args.inputs as object), syncStatus: "Success" } };
            },
            call: ({ token, inputs }) =>
                token === "agb:index:listContexts" ? [{ id: "mocked" }] : { token, inputs: inputs as object },
        },
        "project",
        "stack",
    );
    agb = await import("../../provider/index.js");
});
beforeEach(() => registered.splice(0));

const value = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply((known) => resolve(known)));

describe("a program under mocks", () => {
    it("registers a context and a session that mounts it", async () => {
        const context = new agb.Context("notes");
        const session = new agb.Session("dev", {
            imageId: "agb-code-space-2",
            contextSyncs: [{ contextId: context.id, path: "/home/notes" }],
        });
        expect(await value(session.id)).toBe("dev-id");
        expect(await value(session.syncStatus)).toBe("Success");
        expect(registered.map(({ type, name }) => [type, name])).toEqual([
            ["pulumi-nodejs:dynamic/agb:Context", "notes"],
            ["pulumi-nodejs:dynamic/agb:Session", "dev"],
        ]);
        expect(registered[1]?.inputs).toMatchObject({
            imageId: "agb-code-space-2",
            contextSyncs: [{ contextId: "notes-id", path: "/home/notes" }],
        });
    });

    it("stores a constant provider text and where the resource was declared", async () => {
        class Environment extends pulumi.ComponentResource {
            readonly inner = new agb.Context("inner", {}, { parent: this });
            constructor() {
                super("test:index:Environment", "outer");
            }
        }
        const { inner } = new Environment();
        const urn = await value(inner.urn);
        expect(urn).toMatch(/test:index:Environment\$pulumi-nodejs:dynamic/);
        const inputs: unknown = registered.find(({ name }) => name === "inner")?.inputs;
        expect(inputs).toMatchObject({
            __provider: 'exports.handler=()=>require("pulumi-agb/handlers").context',
            __origin: { project: "project", stack: "stack", name: "inner", parents: ["outer"], urn },
        });
    });

    it("stores which other resources it depends on, through options, inputs, components and its parent", async () => {
        const after = async (resource: pulumi.CustomResource): Promise<unknown> => {
            const urn = await value(resource.urn);
            const found = registered.find(({ name, type }) => urn.endsWith(`${type}::${name}`));
            return (found?.inputs as { __origin: { after?: string[] } }).__origin.after;
        };
        const context = new agb.Context("notes");
        const at = (path: string) => ({ contextId: context.id, path, content: "x" });
        const file = new agb.ContextFile("file", at("/home/a"));
        expect(await after(file)).toBeUndefined();
        class Group extends pulumi.ComponentResource {
            readonly inner: Agb.ContextFile;
            constructor() {
                super("test:index:Group", "group");
                this.inner = new agb.ContextFile("inner", at("/home/b"), { parent: this });
            }
        }
        const group = new Group();
        const session = new agb.Session("dev", { imageId: "i" }, { dependsOn: [file, pulumi.output(group)] });
        const inner = "urn:pulumi:stack::project::test:index:Group$pulumi-nodejs:dynamic/agb:ContextFile::inner";
        expect(await after(session)).toEqual(["ContextFile:file", inner]);
        const sync = new agb.Sync("save", { sessionId: session.id, triggers: [{ hash: group.inner.hash }] });
        expect(await after(sync)).toEqual(["Session:dev", inner].sort());
        const child = new agb.ContextFile("child", at("/home/c"), { parent: session });
        expect(await after(child)).toEqual(["Session:dev"]);
    });

    it("registers a file with its content or asset as given, and derives secrets from secrets", async () => {
        const source = new pulumi.asset.StringAsset("a");
        await value(new agb.ContextFile("plain", { contextId: "c", path: "/home/a", source }).id);
        await value(new agb.ContextFile("hidden", { contextId: "c", path: "/home/b", content: pulumi.secret("b") }).id);
        const [plain, hidden] = registered;
        expect(plain).toMatchObject({
            type: "pulumi-nodejs:dynamic/agb:ContextFile",
            inputs: { contextId: "c", path: "/home/a", hash: "", size: "" },
        });
        expect(pulumi.asset.StringAsset.isInstance((plain?.inputs as { source: unknown }).source)).toBe(true);
        const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
        expect(hidden?.inputs).toMatchObject({ content: { ...secret, value: "b" }, hash: secret, size: secret });
    });

    it("passes custom timeouts to the handlers, which the engine does not", async () => {
        await value(new agb.Context("slow", {}, { customTimeouts: { create: "10m" } }).id);
        expect(registered[0]?.inputs).toMatchObject({ __timeouts: { create: "10m" } });
    });

    it("rejects the import option in one line with an alternative", () => {
        expect(() => new agb.Context("notes", {}, { import: "SdkCtx-1" } as object)).toThrow(
            /^Context "notes": the option "import" does not work .* adopt: true, .* Context\.get\(name, id\)\.$/,
        );
    });

    it("rejects an output in the name of a resource", () => {
        const { id } = new agb.Context("work");
        expect(() => new agb.Context("".concat("of ", id as unknown as string))).toThrow(
            /^A Context has an output in its name, .+ Choose a fixed name\.$/,
        );
    });

    it("rejects the option provider in one line that suggests an alternative", () => {
        class Other extends pulumi.ProviderResource {}
        const provider = new Other("other", "other");
        expect(() => new agb.Session("dev", { imageId: "i" }, { provider } as object)).toThrow(
            /^Session "dev": the option "provider" does not work .* agb:apiKey and agb:endpoint in its configuration\.$/,
        );
    });

    it("registers the inputs and outputs of its definition, and what the handlers need", async () => {
        const registeredKeys = (resource: pulumi.Resource) =>
            Object.entries(resource).flatMap(([key, member]) => (pulumi.Output.isInstance(member) ? [key] : []));
        const own = ({ inputs, outputs }: ResourceDefinition) => [
            "urn",
            "id",
            ...Object.keys(inputs),
            ...Object.keys(outputs),
        ];
        const context = new agb.Context("notes");
        const mount = { contextId: context.id, path: "/home/a" };
        const cases: [pulumi.Resource, ResourceDefinition, ...string[]][] = [
            [context, contextDefinition],
            [new agb.Session("empty", { imageId: "i" }), sessionDefinition],
            [new agb.Session("dev", { imageId: "i", contextSyncs: [mount] }), sessionDefinition, "__secretOutputs"],
            [new agb.ContextFile("file", { ...mount, content: "a" }), contextFileDefinition],
            [new agb.ContextFolder("folder", { ...mount, source: "test" }), contextFolderDefinition],
            [new agb.Sync("sync", { sessionId: "s" }), syncDefinition],
        ];
        for (const [resource, definition, ...more] of cases) {
            expect(registeredKeys(resource).sort()).toEqual(
                [...own(definition), "__provider", "__origin", ...more].sort(),
            );
        }
        await value(pulumi.all(cases.map(([{ urn }]) => urn)));
    });

    it("registers where a resource is declared, without a stack trace for each property", async () => {
        const register = vi.spyOn(pulumi.runtime.getMonitor() as unknown as Monitor, "registerResource");
        const format = vi.spyOn(Error, "prepareStackTrace");
        function declare() {
            return new agb.Context("notes");
        }
        const { urn } = declare();
        const formatted = format.mock.calls.filter(([, frames]) => frames.length > 0);
        format.mockRestore();
        expect(formatted).toHaveLength(1);
        await value(urn);
        const frames = register.mock.calls[0]?.[0].getStacktrace()?.getFramesList() ?? [];
        expect(frames.map((frame) => frame.getPc()?.getUri())).toContain(pathToFileURL(__filename).href);
        register.mockRestore();
    });

    it("leaves a stack trace in the errors of a program that the SDK calls or rejects", () => {
        const { stackTraceLimit } = Error;
        const stackOf = (declare: () => void) => {
            try {
                declare();
            } catch (error) {
                return (error as Error).stack;
            }
            return undefined;
        };
        const fails: pulumi.ResourceTransformation = ({ type }) => {
            if (type.endsWith(":Context")) throw new Error("not like this");
            return undefined;
        };
        const parent = new pulumi.ComponentResource("test:index:Group", "group", {}, { transformations: [fails] });
        for (const options of [{ transformations: [fails] }, { parent }, { parent: {} as never }]) {
            expect(stackOf(() => new agb.Context("notes", {}, options))).toMatch(/^Error: .+\n +at .*program\.test/);
        }
        expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    });

    it("registers the order of a replacement, because a forced one does not call diff", () => {
        const orders = new Map<string, boolean | undefined>();
        const transformations: pulumi.ResourceTransformation[] = [
            ({ name, opts }) => void orders.set(name, (opts as pulumi.CustomResourceOptions).deleteBeforeReplace),
        ];
        new agb.Session("dev", { imageId: "i" }, { transformations });
        new agb.Context("notes", {}, { transformations });
        new agb.Context("kept", {}, { transformations, deleteBeforeReplace: false });
        new agb.ContextFile("file", { contextId: "c", path: "/home/a", content: "a" }, { transformations });
        expect(Object.fromEntries(orders)).toEqual({ dev: true, notes: true, kept: false, file: undefined });
    });

    it("rejects an order of replacement that would lose a session's files", () => {
        expect(() => new agb.Session("dev", { imageId: "i" }, { deleteBeforeReplace: false })).toThrow(
            /^Session "dev": the option "deleteBeforeReplace: false" would lose data: .* Remove the option\.$/,
        );
    });

    it("rejects the option replaceOnChanges, which the engine would ignore", () => {
        expect(() => new agb.Context("notes", {}, { replaceOnChanges: ["name"] } as object)).toThrow(
            /^Context "notes": the option "replaceOnChanges" does not work .* `pulumi up --replace URN`\.$/,
        );
        expect(() => new agb.Context("free", {}, { replaceOnChanges: [] } as object)).not.toThrow();
    });

    it("reports a project that the provider process could not load the package from", () => {
        const folder = tempFolder("isolated");
        expect(() => assertHandlersResolve(folder)).toThrow(
            `pulumi-agb cannot be loaded from ${folder}, where Pulumi starts its provider. Add pulumi-agb to the dependencies`,
        );
        mkdirSync(join(folder, "node_modules", "pulumi-agb"), { recursive: true });
        writeFileSync(join(folder, "node_modules", "pulumi-agb", "handlers.js"), "");
        expect(() => assertHandlersResolve(folder)).not.toThrow();
    });

    it("registers the id of a context that is given as a resource, and an id as it is", async () => {
        const context = new agb.Context("work");
        const mount = { contextId: context, path: "/home/work" };
        const session = (name: string, contextSyncs: Agb.SessionArgs["contextSyncs"]) =>
            new agb.Session(name, { imageId: "i", contextSyncs: contextSyncs ?? [] });
        await value(
            pulumi.all([
                session("plain", [mount, { ...mount, contextId: context.id }, { ...mount, contextId: "SdkCtx-1" }]).urn,
                session("output", pulumi.output([pulumi.output(mount)])).urn,
                session("promise", Promise.resolve([Promise.resolve({ ...mount, contextId: pulumi.output(context) })]))
                    .urn,
                new agb.ContextFile("file", { ...mount, content: "a" }).urn,
                new agb.ContextFolder("folder", { ...mount, source: "test" }).urn,
                new agb.Sync("sync", { ...mount, sessionId: "s" }).urn,
            ]),
        );
        const inputsOf = (name: string) =>
            registered.find((each) => each.name === name)?.inputs as Record<string, unknown>;
        const ids = (name: string) =>
            (inputsOf(name).contextSyncs as { contextId: unknown }[]).map(({ contextId }) => contextId);
        const id = await value(context.id);
        expect(ids("plain")).toEqual([id, id, "SdkCtx-1"]);
        for (const name of ["output", "promise"]) expect(ids(name)).toEqual([id]);
        for (const name of ["file", "folder", "sync"]) expect(inputsOf(name)).toMatchObject({ contextId: id });
    });

    it("leaves arguments of other types to the check", async () => {
        for (const args of [undefined, null, { contextSyncs: "a" }, { contextSyncs: [null, "a"] }]) {
            await value(new agb.Session("any", args as never).urn);
            await value(new agb.ContextFile("any", args as never).urn);
        }
    });

    it("asks the mocks instead of an account", async () => {
        const args = { name: "shared" };
        expect(await agb.getContext(args)).toEqual({ token: "agb:index:getContext", inputs: args });
        expect(await agb.getSyncStatus({ sessionId: "s" })).toMatchObject({ token: "agb:index:getSyncStatus" });
        expect(await agb.listContexts()).toEqual([{ id: "mocked" }]);
        expect(await value(agb.getContextOutput(args))).toMatchObject({ inputs: args });
    });
});
