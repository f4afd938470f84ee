/** Prints a difference as a scenario in the format of the recordings, so that it can be recorded. */
import { SIGNATURE, type PropertyValue } from "../../../engine/model/types";
import { dataInput, providersOf, type Declared, type Deployment, type Program } from "../random/programs";
import { tagOf } from "../random/account";
import type { Json } from "../replay/recording";
import { argumentsOf, controlOf } from "./played";
import { RECORDER } from "./program";
import type { Difference } from "./sequences";

export function describeDifference({ deployments, details, pulumi, embedded }: Difference): string {
    const shown = (value: Json | undefined): string =>
        value === undefined ? "(nothing)" : JSON.stringify(value).slice(0, 1500);
    return [
        `after deployment ${deployments.length}`,
        ...details.map(([path, real, own]) => `${path}\n  pulumi:   ${shown(real)}\n  embedded: ${shown(own)}`),
        `Pulumi said: ${pulumi.printed.trim()}\nThe embedded engine said: ${embedded.printed.trim()}`,
        ...deployments.map(
            (deployment, index) => `programs/NAME/step${index + 1}.js:\n${programText(deployment.program)}`,
        ),
        `scenarios/NAME.json:\n${JSON.stringify({ about: "", steps: deployments.map(stepOf) }, undefined, 1)}`,
    ].join("\n\n");
}

function stepOf(deployment: Deployment, index: number): object {
    const args = argumentsOf(deployment);
    const control = controlOf(deployment);
    return {
        command: deployment.operation,
        ...(args.length > 0 && { args }),
        program: `step${index + 1}.js`,
        ...(Object.keys(control).length > 0 && { control }),
    };
}

function programText(program: Program): string {
    const { resources, breaksAt = resources.length, exitsWith } = program;
    return [
        'const pulumi = require("@pulumi/pulumi");',
        'const { Thing, Group } = require("recorder");',
        ...providersOf(program).map(
            (name) => `const ${name} = new pulumi.ProviderResource("pulumi-nodejs", "${name}", { key: "${name}" });`,
        ),
        ...resources.slice(0, breaksAt).map(declaration),
        ...(breaksAt < resources.length ? ['throw new Error("the program breaks");'] : []),
        ...(exitsWith === undefined ? [] : [`process.on("exit", () => (process.exitCode = ${exitsWith}));`]),
        `exports.count = ${resources.length};`,
    ].join("\n");
}

const variable = (slot: number): string => `r${slot}`;
const list = (items: readonly string[]): string => `[${items.join(", ")}]`;

function declaration(declared: Declared): string {
    const { slot, name, component, parent, dependsOn, from, seat, badge, replaceWith, data, provider } = declared;
    const given = (entries: Record<string, string | false | undefined>): string => {
        const texts = Object.entries(entries).flatMap(([key, text]) =>
            typeof text === "string" && text !== "[]" ? [`${key}: ${text}`] : [],
        );
        return `{ ${texts.join(", ")} }`;
    };
    const { name: _name, ...steering } = RECORDER.steering(declared);
    const tag = badge && (badge.isLiteral ? JSON.stringify(tagOf(badge.of)) : `${variable(badge.of)}.tag`);
    const inputs = {
        ...Object.fromEntries(Object.entries(steering).map(([key, value]) => [key, source(value)])),
        value: String(declared.value),
        kind: String(declared.kind),
        from: `[${from.map((other) => `${variable(other)}.out`).join(", ")}] `,
        seat: seat !== undefined && `${variable(seat)}.out`,
        tag: "undefined",
        badge: tag,
        data: data && source(dataInput(data)),
    };
    const options = {
        parent: parent !== undefined && variable(parent),
        dependsOn: list(dependsOn.map(variable)),
        replaceWith: list(replaceWith.map(variable)),
        provider,
        aliases: JSON.stringify(declared.aliases),
        ignoreChanges: JSON.stringify(declared.ignoreChanges),
        replaceOnChanges: JSON.stringify(declared.replaceOnChanges),
        protect: String(declared.protect),
        retainOnDelete: String(declared.retainOnDelete),
        deleteBeforeReplace: String(declared.deleteBeforeReplace),
    };
    const made = component
        ? `new Group("${name}", {}, ${given(options)})`
        : `new Thing("${name}", ${given(inputs)}, ${given(options)})`;
    return `const ${variable(slot)} = ${made};${component ? ` ${variable(slot)}.registerOutputs({});` : ""}`;
}

/** As JavaScript. */
function source(value: PropertyValue): string {
    if (Array.isArray(value)) return list(value.map(source));
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    if (SIGNATURE in value) return `pulumi.secret(${source(value.value ?? null)})`;
    return `{ ${Object.entries(value)
        .map(([key, item]) => `${key}: ${source(item)}`)
        .join(", ")} }`;
}
