/** Formats the reference as Markdown. */
import type { Doc } from "./doc";
import type { Callable, Enumeration, Package, Property, Resource, Shape } from "./package";
import { typeText } from "./types";

export function markdown(read: Package): string {
    return new Writer(read).page();
}

class Writer {
    readonly #read: Package;
    readonly #known: ReadonlySet<string>;

    constructor(read: Package) {
        this.#read = read;

        const { resources, functions, types, enumerations } = read;
        this.#known = new Set([
            ...resources.flatMap(({ name, inputs }) => [name, inputs.name]),
            ...[...functions, ...types, ...enumerations].map(({ name }) => name),
        ]);
    }

    page(): string {
        const { resources, functions, types, enumerations, settings } = this.#read;
        const names = (items: { name: string }[]) => items.map(({ name }) => this.#link(name)).join(", ");
        return paragraphs(
            "# Reference",
            "Everything that `pulumi-agb` exports, and its configuration. Every input accepts a `pulumi.Input`.\nEvery output of a resource is a `pulumi.Output`.",
            "`npm run docs` generates this page from the doc comments in `provider/`. Edit the doc comments instead.",
            [
                `- [Resources](#resources): ${names(resources)}`,
                ...(functions.length > 0 ? [`- [Functions](#functions): ${names(functions)}`] : []),
                `- [Types](#types): ${names(types)}`,
                `- [Constants](#constants): ${names(enumerations)}`,
                "- [Configuration](#configuration)",
            ].join("\n"),
            "## Resources",
            "In addition to its own arguments, each resource accepts all options of Pulumi except `import`,\n`provider` and `replaceOnChanges`. The option `customTimeouts` sets time limits, 5 minutes by default.\n[Errors and warnings](errors.md) explains the error messages.",
            ...resources.flatMap((resource) => this.#resource(resource)),
            ...(functions.length > 0
                ? ["## Functions", ...functions.flatMap((callable) => this.#function(callable))]
                : []),
            "## Types",
            ...types.flatMap((type) => [
                `### ${type.name}`,
                this.#prose(type.doc),
                this.#table(type.properties, this.#cellsOfType(type)),
            ]),
            "## Constants",
            "Each name is both an object of constants and the type of their values. You can use a constant or its\nvalue.",
            ...enumerations.flatMap((enumeration) => this.#enumeration(enumeration)),
            "## Configuration",
            this.#prose(settings.doc),
            this.#settings(settings),
        );
    }

    #resource(resource: Resource): string[] {
        const { name, inputs, properties, create, statics } = resource;
        const repeated = new Set(inputs.properties.map((input) => input.name));
        const own = properties.filter((property) => !repeated.has(property.name));
        const differing = properties.filter(
            (property) =>
                repeated.has(property.name) && !/^(?:As given|The configured value)\b[^,]*\.$/.test(property.doc.text),
        );
        const outputs = [...own, ...differing];
        const kept = inputs.properties
            .filter((input) => !properties.some((property) => property.name === input.name))
            .map((input) => `\`${input.name}\``);
        return [
            `### ${name}`,
            this.#prose(resource.doc),
            ...examples(resource),
            `#### ${inputs.name}`,
            this.#table(inputs.properties, (property) => this.#cellsOfInput(property)),
            `#### Outputs of ${name}`,
            `The \`id\`, the configured value or default of every input${kept.length > 0 ? ` except ${kept.join(" and ")}` : ""}, and:`,
            this.#table(outputs, (property) => this.#cellsOfOutput(property)),
            `#### new ${name}`,
            this.#signature(`new ${name}`, create),
            ...this.#errors(resource),
            ...statics.flatMap((method) => [
                `#### ${name}.${method.name}`,
                this.#signature(`${name}.${method.name}`, method),
                this.#prose(method.doc),
                ...this.#errors(method),
                ...examples(method),
            ]),
        ];
    }

    #function(callable: Callable): string[] {
        const described = callable.parameters.flatMap(({ name }) =>
            callable.doc.params[name] ? [`- \`${name}\`: ${this.#linked(callable.doc.params[name])}`] : [],
        );
        return [
            `### ${callable.name}`,
            this.#signature(callable.name, callable),
            this.#prose(callable.doc),
            ...(described.length > 0 ? [described.join("\n")] : []),
            ...this.#errors(callable),
            ...examples(callable),
        ];
    }

    #errors({ doc }: { doc: Doc }): string[] {
        return doc.throws.length === 0
            ? []
            : ["Errors:", doc.throws.map((error) => `- ${this.#inline(error)}`).join("\n")];
    }

    #enumeration({ name, doc, members }: Enumeration): string[] {
        const described = members.some((member) => member.doc.text !== "");
        const rows = members.map((member) => [
            `\`${name}.${member.name}\``,
            `\`${member.value}\``,
            ...(described ? [this.#inline(member.doc.text)] : []),
        ]);
        return [`### ${name}`, this.#prose(doc), table(["constant", "value", ...(described ? ["meaning"] : [])], rows)];
    }

    #settings({ properties }: Shape): string {
        const rows = properties
            .filter(({ doc }) => doc.tags.key)
            .map(({ doc }) => [
                `\`${doc.tags.key}\``,
                doc.tags.env ? `\`${doc.tags.env}\`` : "",
                this.#defaultOf(doc),
                this.#inline(doc.text),
            ]);
        return table(["configuration", "environment", "default", "meaning"], rows);
    }

    #table(properties: Property[], cells: (property: Property) => Record<string, string>): string {
        const rows = properties.map(cells);
        return table(
            Object.keys(rows[0] ?? {}),
            rows.map((row) => Object.values(row)),
        );
    }

    #cellsOfInput({ name, optional, type, doc }: Property): Record<string, string> {
        return {
            input: `\`${name}\`${optional ? "" : " **required**"}`,
            type: typeText(type, this.#known),
            default: this.#defaultOf(doc),
            description: this.#inline(doc.text),
        };
    }

    #cellsOfOutput({ name, type, doc }: Property): Record<string, string> {
        return { output: `\`${name}\``, type: typeText(type, this.#known), description: this.#inline(doc.text) };
    }

    /** Types of inputs have defaults and optional fields. Types of outputs have neither. */
    #cellsOfType({ properties }: Shape): (property: Property) => Record<string, string> {
        const isInput = properties.some(
            ({ optional, type, doc }) => optional || doc.tags.default !== undefined || /\bInput</.test(type.getText()),
        );
        return (property) => {
            const { input = "", ...rest } = this.#cellsOfInput(property);
            return isInput
                ? { field: input, ...rest }
                : {
                      field: `\`${property.name}\``,
                      type: typeText(property.type, this.#known),
                      description: this.#inline(property.doc.text),
                  };
        };
    }

    #signature(name: string, { parameters, returns }: Callable): string {
        const list = parameters
            .map((parameter) => `${parameter.name}${parameter.optional ? "?" : ""}: ${parameter.type.getText()}`)
            .join(", ");
        return code(`${name}(${list})${returns ? `: ${returns.getText()}` : ""}`, "text");
    }

    #defaultOf({ tags: { default: value } }: Doc): string {
        return value === undefined ? "" : isJson(value) ? `\`${value}\`` : this.#inline(value);
    }

    #prose(doc: Doc): string {
        return this.#linked(doc.text);
    }

    /** Prose on a single line, for a table cell or a list item. */
    #inline(text: string): string {
        return this.#linked(text)
            .replace(/\|/g, "\\|")
            .replace(/\n\s*\n/g, "<br>")
            .replace(/\s*\n\s*/g, " ");
    }

    #linked(text: string): string {
        return text.replace(/\{@link (\w+)\}/g, (_, name: string) => this.#link(name));
    }

    #link(name: string): string {
        return this.#known.has(name) ? `[\`${name}\`](#${name.toLowerCase()})` : `\`${name}\``;
    }
}

/** Whether a default is a value rather than a description. */
export function isJson(text: string): boolean {
    try {
        JSON.parse(text);
        return true;
    } catch {
        return false;
    }
}

const paragraphs = (...parts: string[]): string => `${parts.filter((part) => part !== "").join("\n\n")}\n`;
const code = (text: string, language: "ts" | "text"): string => `\`\`\`${language}\n${text}\n\`\`\``;
const examples = ({ doc }: { doc: Doc }): string[] => doc.examples.map((example) => code(example, "ts"));

function table(head: string[], rows: string[][]): string {
    const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
    return rows.length === 0 ? "" : [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
