/** The rooms of ARCHITECTURE.md as rules: which file may import which. `npm run lint` checks them. */
"use strict";

const severity = "error";
const npm = (...names) => `^node_modules/(${names.join("|")})(/|$)`;

/** Files in `from` import only files that match `to`, in addition to each other, `common/`, node and npm packages. */
const room = (name, from, to, comment) => ({
    name,
    comment,
    severity,
    from: { path: from },
    to: {
        path: "^(bench|cli|emulator|engine|examples|provider|scripts|test)/",
        pathNot: [from, ...to],
    },
});

/** A room of the engine: it imports only the rooms of the engine named here. */
const engineRoom = (name, ...rooms) =>
    room(
        `engine-${name}`,
        `^engine/${name}/`,
        rooms.map((other) => `^engine/${other}/`),
        `engine/${name}/ imports ${rooms.length === 0 ? "no other room" : `only ${rooms.join(", ")}`} of the engine.`,
    );

/** npm packages that only some rooms import. */
const only = (packages, rooms) => ({
    name: `only-here-${packages[0].replace(/\W+/g, "-")}`,
    comment: `Only files in ${rooms.join(", ")} import ${packages.join(", ")}.`,
    severity,
    from: { path: "^(cli|common|emulator|engine|provider)/", pathNot: rooms },
    to: { path: npm(...packages) },
});

module.exports = {
    forbidden: [
        {
            name: "no-cycle",
            comment: "Files do not import each other in a circle, not even for types. Move what both need to a third.",
            severity,
            from: {},
            to: { circular: true },
        },
        {
            name: "resolvable",
            comment: "An import names a file or a package that exists.",
            severity,
            from: {},
            to: { couldNotResolve: true },
        },
        {
            name: "common-imports-nothing",
            comment: "common/ holds small helpers: it imports only node and itself.",
            severity,
            from: { path: "^common/" },
            to: { pathNot: "^common/", dependencyTypesNot: ["core"] },
        },
        {
            name: "sources-do-not-import-tests",
            comment: "What is published does not import tests, benchmarks, scripts or examples.",
            severity,
            from: { path: "^(cli|common|emulator|engine|provider)/" },
            to: { path: "^(bench|examples|scripts|test)/" },
        },
        room("examples", "^examples/([^/]+)/", ["^examples/$1/"], "An example imports the package by its name."),

        room(
            "resources",
            "^provider/[^/]+\\.ts$",
            ["^provider/definitions/", "^provider/dynamic/", "^provider/agb/(policy|wire)\\.ts$"],
            "What runs in the user's program imports the dynamic front end and AGB's sync policies.",
        ),
        room("definitions", "^provider/definitions/", [], "The definition tables import nothing."),
        room(
            "dynamic",
            "^provider/dynamic/",
            ["^provider/(definitions|handlers|agb)/"],
            "The dynamic front end imports handlers, definitions and the client.",
        ),
        room(
            "handlers",
            "^provider/handlers/",
            ["^provider/(definitions|agb)/"],
            "Handlers know AGB, and neither front end.",
        ),
        room("agb", "^provider/agb/", [], "The client of AGB imports no other room."),
        room("emulator", "^emulator/", ["^provider/agb/"], "The emulator imports only the client's wire schemas."),
        room("engine", "^engine/", [], "The engine knows nothing of AGB."),
        room(
            "cli",
            "^cli/",
            [
                "^emulator/",
                "^engine/",
                "^provider/agb/",
                "^provider/dynamic/(contextImport|identifiers)\\.ts$",
                "^provider/handlers/config\\.ts$",
                "^provider/handlers/session/(renewal|running)\\.ts$",
                "^provider/handlers/command/(execute|output)\\.ts$",
            ],
            "Commands use engine, emulator, client, what describes imports and names types, checks the config, lists and ends sessions, says when they are renewed, and runs commands in them.",
        ),

        engineRoom("model"),
        engineRoom("plan", "model"),
        engineRoom("execute", "plan", "model"),
        engineRoom("protocol", "execute", "plan", "model"),
        engineRoom("state", "model"),
        engineRoom("project", "model"),
        engineRoom("display", "model"),

        only(["undici"], ["^provider/agb/"]),
        only(["zod"], ["^provider/(agb|handlers)/", "^emulator/"]),
        only(["@pulumi/pulumi"], ["^provider/[^/]+\\.ts$", "^provider/dynamic/", "^engine/protocol/"]),
        only(["@grpc/grpc-js", "google-protobuf"], ["^engine/protocol/"]),
        only(["fastify", "light-my-request", "picomatch", "yauzl", "yazl"], ["^emulator/"]),
        only(["commander"], ["^cli/"]),
        only(["log-update", "picocolors"], ["^engine/display/", "^cli/"]),
    ],
    options: {
        tsConfig: { fileName: "tsconfig.json" },
        // Imports of types count, too.
        tsPreCompilationDeps: true,
        doNotFollow: { path: "^node_modules/" },
        enhancedResolveOptions: {
            exportsFields: ["exports"],
            conditionNames: ["import", "require", "node", "default"],
        },
        exclude: { path: "^(dist|site|test/engine/recordings)/" },
    },
};
