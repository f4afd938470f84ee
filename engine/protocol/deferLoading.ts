/**
 * Preloaded into the program and the provider. Importing the SDK also loads TypeScript, npm's dependency solver, the Automation API
 * and OpenTelemetry, which take longer than everything else. Few programs use one of them, so they are loaded on first use.
 */

// eslint-disable-next-line no-restricted-syntax -- replaces a function of the module itself
import Module from "node:module";
import { join } from "node:path";

/** The parts of the SDK that only some programs use, as its main module loads and exports them. */
const PARTS = new Map([
    ["./automation", "automation"],
    ["./provider", "provider"],
]);
const MAIN = join("@pulumi", "pulumi", "index.js");

/** What other modules of the SDK load and do not use at once. */
const LIBRARIES = new Map([
    // To send traces, which the embedded engine does not collect.
    ...[
        "@opentelemetry/exporter-zipkin",
        "@opentelemetry/instrumentation",
        "@opentelemetry/instrumentation-grpc",
        "@opentelemetry/resources",
        "@opentelemetry/sdk-trace-base",
        "@opentelemetry/sdk-trace-node",
    ].map((request) => [request, join("@pulumi", "pulumi", "cmd", "run", "tracing.js")] as const),
    // To serialize a program's functions into the state.
    ["../../typescript-shim", join("@pulumi", "pulumi", "runtime", "closure", "parseFunction.js")],
    ...["@npmcli/arborist", "fdir", "normalize-package-data"].map(
        (request) => [request, join("@pulumi", "pulumi", "runtime", "closure", "codePaths.js")] as const,
    ),
]);

interface Loader {
    new (id: string, parent?: Requester): { exports: object; loaded: boolean };
    _cache: Record<string, object>;
    _load: (request: string, parent?: Requester) => object;
    _resolveFilename: (request: string, parent?: Requester, ...rest: unknown[]) => string;
}

interface Requester {
    filename: string | null;
    exports: object;
}

const loader = Module as unknown as Loader;
const resolve = loader._resolveFilename;

// Unlike a function that loads modules, this one has returned before they run, so it is in none of their stack traces.
loader._resolveFilename = (request, parent, ...rest) => {
    const file = Reflect.apply(resolve, loader, [request, parent, ...rest]);
    const loadNow = (): object => loader._load(file, parent);
    const part = PARTS.get(request);
    if (part !== undefined && parent?.filename?.endsWith(MAIN)) {
        exportLater(parent.exports, part, loadNow);
        return substitute(request, parent, {});
    }
    const loadedBy = LIBRARIES.get(request);
    return loadedBy !== undefined && parent?.filename?.endsWith(loadedBy)
        ? substitute(request, parent, deferred(loadNow))
        : file;
};

/** Adds a module that has been loaded to the cache. Returns its name. */
function substitute(request: string, parent: Requester, exports: object): string {
    const name = `deferred:${request}`;
    loader._cache[name] = Object.assign(new loader(name, parent), { exports, loaded: true });
    return name;
}

/** Programs get the module itself, because the SDK recognizes a module in a function that it serializes. */
function exportLater(exports: object, name: string, loadNow: () => object): void {
    Object.defineProperty(exports, name, {
        enumerable: true,
        configurable: true,
        get: loadNow,
        // The SDK assigns what it got in place of the module.
        set: () => undefined,
    });
}

/** What the module that requests another one gets in its place. */
function deferred(loadNow: () => object): object {
    let loaded: object | undefined;
    // Without the marker of an ES module, TypeScript's import helper would copy all exports and so load the module.
    return new Proxy(
        { __esModule: true },
        {
            get: (target, key) => {
                if (Reflect.has(target, key)) return Reflect.get(target, key) as unknown;
                loaded ??= loadNow();
                const isDefault = key === "default" && !Reflect.has(loaded, "__esModule");
                return isDefault ? loaded : (Reflect.get(loaded, key) as unknown);
            },
        },
    );
}
