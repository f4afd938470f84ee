/** The validation that all handlers share. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkInputs, commonInputs } from "../../provider/handlers/support/inputs";
import { closest } from "../../provider/handlers/support/closest";

const reasons = (schema: z.ZodObject, news: Record<string, unknown>) =>
    checkInputs(schema, news).failures.map(({ property, reason }) => `${property} ${reason}`);

describe("checkInputs", () => {
    it("builds its tolerant schema once for each schema", () => {
        const schema = z.object({ name: z.string() });
        const { shape } = schema;
        let builds = 0;
        Object.defineProperty(schema, "shape", {
            get: () => {
                builds++;
                return shape;
            },
        });
        for (const name of ["a", "b", "c"]) expect(checkInputs(schema, { name }).inputs).toEqual({ name });
        expect(builds).toBe(1);
        expect(checkInputs(z.object({ name: z.number() }), { name: 1 }).failures).toEqual([]);
    });

    it("rejects a custom timeout that is not a duration", () => {
        const timeouts = (create: string) => reasons(z.object(commonInputs), { __timeouts: { create } });
        for (const duration of ["5m", "90s", "1h30m", "1.5h", "300ms"]) expect(timeouts(duration)).toEqual([]);
        for (const text of ["5 minutes", "5", "", "m", "-5m", "1e3s"]) {
            expect(timeouts(text)).toEqual([
                `customTimeouts.create ${JSON.stringify(text)} is not a duration; write it as "5m", "90s" or "1h30m"`,
            ]);
        }
    });

    it("suggests the input that a misspelt one may mean, and never an internal one", () => {
        const schema = z.object({ region: z.string().optional(), ...commonInputs });
        expect(reasons(schema, { Region: "a" })).toEqual(['Region is not a known input; did you mean "region"?']);
        expect(reasons(schema, { regoin: "a" })).toEqual(['regoin is not a known input; did you mean "region"?']);
        expect(reasons(schema, { colour: "a", _origin: "b" })).toEqual([
            "colour is not a known input",
            "_origin is not a known input",
        ]);
    });
});

describe("closest", () => {
    it("finds the nearest name, if it is near enough", () => {
        const names = ["contextId", "path", "policy"];
        expect(closest("contextID", names)).toBe("contextId");
        expect(closest("polcy", names)).toBe("policy");
        expect(closest("p", names)).toBeUndefined();
        expect(closest("", names)).toBeUndefined();
        expect(closest("anything", [])).toBeUndefined();
    });
});
