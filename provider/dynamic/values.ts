/** Values between Pulumi's wire form and the plain form that handlers use. */
import { runtime } from "@pulumi/pulumi";
import { Asset, unknown } from "../handlers/contract";

export type Properties = Record<string, unknown>;

/** Wraps a value as a secret. Requests contain plain values only; results may contain secrets. */
export const toSecret = (value: unknown): Properties => ({
    [runtime.specialSigKey]: runtime.specialSecretSig,
    value,
});

/** From the wire form. */
export function deserialize(properties: Properties): Properties {
    return mapMembers(properties, fromWire);
}

/** To the wire form, without members that are `undefined`. */
export function serialize(properties: object): Properties {
    return mapMembers(properties, toWire);
}

function fromWire(value: unknown): unknown {
    if (value === runtime.unknownValue) return unknown;
    if (Array.isArray(value)) return value.map(fromWire);
    if (typeof value !== "object" || value === null) return value;
    const { [runtime.specialSigKey]: signature, ...content } = value as Properties;
    if (signature === runtime.specialAssetSig) return new Asset("asset", content);
    if (signature === runtime.specialArchiveSig) return new Asset("archive", content);
    return mapMembers(value, fromWire);
}

function toWire(value: unknown): unknown {
    if (value === unknown) return runtime.unknownValue;
    if (Array.isArray(value)) return value.map(toWire);
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Asset) {
        const signature = value.kind === "asset" ? runtime.specialAssetSig : runtime.specialArchiveSig;
        return { [runtime.specialSigKey]: signature, ...value.content };
    }
    return mapMembers(value, toWire);
}

function mapMembers(members: object, map: (value: unknown) => unknown): Properties {
    return Object.fromEntries(
        Object.entries(members)
            .filter(([, value]) => value !== undefined)
            .map(([key, value]) => [key, map(value)]),
    );
}
