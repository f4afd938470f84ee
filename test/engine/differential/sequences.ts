/** Plays the same sequence of deployments on both engines, and looks for the shortest one in which they differ. */
import { isDeepStrictEqual } from "node:util";
import { UNKNOWN } from "../../../engine/model/types";
import type { Deployment } from "../random/programs";
import type { Json, Resource } from "../replay/recording";
import { comparable, type DifferentialEngine, type Played } from "./played";

export interface Difference {
    /** Up to the one that differs. */
    deployments: Deployment[];
    pulumi: Played;
    embedded: Played;
    /** What differs in the last deployment: `[path, what Pulumi has, what the embedded engine has]`. */
    details: [path: string, pulumi: Json | undefined, embedded: Json | undefined][];
}

export type Engines = Record<"pulumi" | "embedded", DifferentialEngine>;

/** Undefined if both engines do the same. */
export async function compare(
    { pulumi, embedded }: Engines,
    deployments: readonly Deployment[],
): Promise<Difference | undefined> {
    pulumi.reset();
    embedded.reset();
    const played: Record<keyof Engines, Played[]> = { pulumi: [], embedded: [] };
    for (const [index, deployment] of deployments.entries()) {
        const [real, own] = await Promise.all([pulumi.play(deployment), embedded.play(deployment)]);
        if (meetsBug(real, own, played.embedded.at(-1)?.resources ?? [])) return undefined;
        played.pulumi.push(real);
        played.embedded.push(own);
        const [expected, found] = [comparable(played.pulumi), comparable(played.embedded)] as Json[][];
        if (isDeepStrictEqual(expected, found)) continue;
        const details = differences(expected?.at(-1), found?.at(-1));
        return { deployments: deployments.slice(0, index + 1), pulumi: real, embedded: own, details };
    }
    return undefined;
}

/** Whether Pulumi does what engine/README.md lists as its mistakes. What follows cannot be compared. */
function meetsBug(real: Played, own: Played, before: readonly Resource[]): boolean {
    const messages = /snapshot integrity failure|unknown provider '|whose registration isn't pending/;
    if (messages.test(real.printed)) return true;
    const urnOf = (id: Json | undefined, resources: readonly Resource[]): string | undefined =>
        resources.find((state) => state.id === id)?.urn;
    return real.calls.some(({ method, id, news }, index) => {
        if (method !== "diff") return false;
        const isDeleted = real.calls.slice(0, index).some((call) => call.method === "delete" && call.id === id);
        const urn = urnOf(id, own.resources);
        return isDeleted || (JSON.stringify(news).includes(UNKNOWN) && urn !== undefined && urn !== urnOf(id, before));
    });
}

/** Leaves out deployments and resources for as long as the engines still differ. */
export async function shortened(engines: Engines, difference: Difference): Promise<Difference> {
    for (const shorter of shorterThan(difference.deployments)) {
        const still = await compare(engines, shorter);
        if (still !== undefined && still.deployments.length === shorter.length) return shortened(engines, still);
    }
    return difference;
}

function* shorterThan(deployments: readonly Deployment[]): Generator<Deployment[]> {
    for (let index = 0; index < deployments.length - 1; index++) yield deployments.toSpliced(index, 1);
    const slots = new Set(deployments.flatMap(({ program }) => program.resources.map(({ slot }) => slot)));
    if (slots.size > 1) for (const slot of slots) yield deployments.map((deployment) => without(deployment, slot));
}

function without(deployment: Deployment, slot: number): Deployment {
    const other = (listed: number): boolean => listed !== slot;
    const resources = deployment.program.resources
        .filter((declared) => other(declared.slot))
        .map(({ parent, seat, badge, ...declared }) => ({
            ...declared,
            ...(parent !== undefined && other(parent) && { parent }),
            ...(seat !== undefined && other(seat) && { seat }),
            ...(badge && { badge: other(badge.of) ? badge : { ...badge, isLiteral: true } }),
            dependsOn: declared.dependsOn.filter(other),
            from: declared.from.filter(other),
            replaceWith: declared.replaceWith.filter(other),
        }));
    return { ...deployment, program: { ...deployment.program, resources } };
}

function differences(expected: Json | undefined, found: Json | undefined, path = ""): Difference["details"] {
    if (isDeepStrictEqual(expected, found)) return [];
    if (Array.isArray(expected) && Array.isArray(found)) {
        const [real, own] = [expected.map(nameOf), found.map(nameOf)];
        // Items in another order are not worth comparing.
        if (!isDeepStrictEqual(real, own)) return [[path, real, own]];
    } else if (!isObject(expected) || !isObject(found)) return [[path, expected, found]];
    const [real, own] = [expected, found] as Record<string, Json>[];
    return [...new Set([...Object.keys(real ?? {}), ...Object.keys(own ?? {})])].flatMap((key) =>
        differences(real?.[key], own?.[key], `${path}/${key}`),
    );
}

const isObject = (value: Json | undefined): value is Record<string, Json> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** Identifies an item of a list. */
function nameOf(item: Json): Json {
    if (!isObject(item)) return item;
    const { urn, method, id, inputs, news, resource } = item;
    if (urn !== undefined) return [urn, ...(id === undefined ? [] : [id]), ...(item.delete === true ? ["delete"] : [])];
    if (resource !== undefined) return [item.type ?? "", nameOf(resource)];
    const named = [inputs, news].find(isObject)?.name;
    return [method ?? "", id ?? named ?? ""];
}
