/** The configuration `agb:*` and the environment variables that complete it. */
import { describe, expect, it } from "vitest";
import { agbConfig } from "../../provider/handlers/config";

const config = (values: Record<string, string>, env: NodeJS.ProcessEnv = {}) =>
    agbConfig((key) => values[key.replace("agb:", "")], env);
const problems = (values: Record<string, string>) => config(values).problems.map(({ property }) => property);

describe("the config", () => {
    it("holds the settings of the client as they are, and no labels by default", () => {
        const settings = { apiKey: "k", endpoint: "https://agb.example", timeoutMs: "5000", localData: "/data" };
        expect(config(settings)).toMatchObject({ ...settings, defaultLabels: {}, problems: [] });
    });

    it("treats an empty value as absent", () => {
        expect(config({ defaultLabels: "", forceDestroy: "" })).toMatchObject({ defaultLabels: {}, problems: [] });
    });
});

describe("agb:defaultLabels", () => {
    it("maps keys to values", () => {
        const labels = { team: "agents", stage: "test" };
        expect(config({ defaultLabels: JSON.stringify(labels) })).toMatchObject({
            defaultLabels: labels,
            problems: [],
        });
    });

    it.each(["team=agents", '"text"', "1", "null", "[]", '{"":"a"}', '{"a":""}', '{"a":1}', '{"__proto__":"a"}'])(
        "is refused and not used if it is %s",
        (text) => {
            expect(problems({ defaultLabels: text })).toEqual(["agb:defaultLabels"]);
            expect(config({ defaultLabels: text }).defaultLabels).toEqual({});
        },
    );
});

describe("agb:forceDestroy and AGB_FORCE_DESTROY", () => {
    it("both apply, and spaces around a name do not count", () => {
        const env = { AGB_FORCE_DESTROY: "Session:dev , Context:notes" };
        expect(config({}, env).forceDestroy).toEqual(["Session:dev", "Context:notes"]);
        expect(config({ forceDestroy: '["Context:data"]' }, env)).toMatchObject({
            forceDestroy: ["Session:dev", "Context:notes", "Context:data"],
            problems: [],
        });
    });

    it.each(["Session:dev", '"Session:dev"', '{"Session":"dev"}', "[1]"])(
        "the list is refused, and forces nothing, if it is %s",
        (text) => {
            expect(problems({ forceDestroy: text })).toEqual(["agb:forceDestroy"]);
            expect(config({ forceDestroy: text }).forceDestroy.filter(Boolean)).toEqual([]);
        },
    );
});
