/** Every `@default` matches what the schema fills in, and every default is documented. */
import { describe, expect, it } from "vitest";
import { isJson } from "../../scripts/reference/markdown";
import { readPackage, type Property, type Resource, type Shape } from "../../scripts/reference/package";
import { checkInputs } from "../../provider/handlers/support/inputs";
import { DEFAULT_ENDPOINT, resolveSettings } from "../../provider/agb/settings";
import { schemas, type ResourceName } from "./schemas";

type Inputs = Record<string, unknown>;
const { resources, types, settings } = readPackage();
const managed = resources.filter((resource): resource is Resource & { name: ResourceName } => resource.name in schemas);

/** An input, and a function that adds the required inputs to `fields`. */
interface Input {
    path: string;
    property: Property;
    given: (fields: Inputs) => Inputs;
}

/** Every required input is a string. A path must be absolute. */
const required = ({ properties }: Shape): Inputs =>
    Object.fromEntries(properties.filter(({ optional }) => !optional).map(({ name }) => [name, "/home/x"]));

/** The inputs of an interface, including nested ones. */
function inputsOf(shape: Shape, within: string, given: Input["given"]): Input[] {
    return shape.properties.flatMap((property) => {
        const path = `${within}${property.name}`;
        const type = property.type.getText();
        const inner = types.find(({ name }) => new RegExp(`\\b${name}\\b`).test(type));
        const own: Input = { path, property, given: (fields) => given({ ...required(shape), ...fields }) };
        if (!inner) return [own];
        const isList = type.includes("[]");
        const nested = (fields: Inputs) => own.given({ [property.name]: isList ? [fields] : fields });
        return [own, ...inputsOf(inner, `${path}${isList ? "[0]" : ""}.`, nested)];
    });
}

describe.each(managed)("the inputs of $name", ({ name, inputs }) => {
    const checked = (news: Inputs) => {
        const result = checkInputs(schemas[name], news);
        expect(result.failures).toEqual([]);
        return result.inputs;
    };
    const optional = inputsOf(inputs, "", (fields) => fields).filter(({ property }) => property.optional);

    it.each(optional)(
        "$path has the documented default",
        ({
            path,
            property: {
                name: key,
                doc: { tags },
            },
            given,
        }) => {
            const left = checked(given({}));
            if (tags.default !== undefined && isJson(tags.default)) {
                expect(left).toEqual(checked(given({ [key]: JSON.parse(tags.default) as unknown })));
            } else {
                // A default described in words is not filled in here, nor is one that is not documented.
                expect(at(left, path)).toBeUndefined();
            }
        },
    );
});

describe("the settings", () => {
    it("have the documented defaults", async () => {
        const documented = Object.fromEntries(
            settings.properties
                .filter(({ doc }) => isJson(doc.tags.default ?? ""))
                .map(({ name, doc }) => [name, JSON.parse(doc.tags.default ?? "") as unknown]),
        );
        const { endpoint, timeoutMs } = await resolveSettings({ apiKey: "k" }, {});
        expect(documented).toEqual({ endpoint, timeoutMs });
        expect(endpoint).toBe(DEFAULT_ENDPOINT);
    });
});

function at(value: unknown, path: string): unknown {
    return path
        .split(/\.|\[|\]\.?/)
        .filter(Boolean)
        .reduce((inner: unknown, key) => (inner as Inputs | undefined)?.[key], value);
}
