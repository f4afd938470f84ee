/**
 * What Pulumi publishes as the schema of a deployment (apitype's deployments, resources and property values), with what its engine writes beyond that: the
 * published one names no newer field of a resource.
 */
import { z } from "zod";
import { ARCHIVE, ASSET, RESOURCE_REFERENCE, SECRET, SIGNATURE } from "../../engine/model/types";

const signed = (signature: string, fields: z.ZodRawShape) =>
    z.strictObject({ [SIGNATURE]: z.literal(signature), ...fields });
const hash = z.string().optional();
const assetOrArchive = z.lazy(() => z.union([asset, archive]));
const asset = z.union(
    [{ hash: z.string() }, { hash, text: z.string() }, { hash, path: z.string() }, { hash, uri: z.string() }].map(
        (fields) => signed(ASSET, fields),
    ),
);
const archive: z.ZodType = z.union(
    [
        { hash: z.string() },
        { hash, assets: z.record(z.string(), assetOrArchive) },
        { hash, path: z.string() },
        { hash, uri: z.string() },
    ].map((fields) => signed(ARCHIVE, fields)),
);
const secret = z.union([signed(SECRET, { ciphertext: z.string() }), signed(SECRET, { plaintext: z.string() })]);
const reference = signed(RESOURCE_REFERENCE, {
    urn: z.string(),
    id: z.string().optional(),
    packageVersion: z.string().optional(),
});

const value: z.ZodType = z.lazy(() =>
    z.union([
        z.null(),
        z.boolean(),
        z.number(),
        z.string(),
        z.array(value),
        asset,
        archive,
        secret,
        reference,
        plainObject,
    ]),
);
const plainObject = z
    .record(z.string(), value)
    .refine((object) => !(SIGNATURE in object), "a special value that Pulumi does not know");

const urn = z.string().startsWith("urn:pulumi:");
const published = {
    urn,
    custom: z.boolean(),
    delete: z.boolean().optional(),
    id: z.string().optional(),
    type: z.string(),
    inputs: plainObject.optional(),
    outputs: plainObject.optional(),
    parent: urn.optional(),
    protect: z.boolean().optional(),
    taint: z.boolean().optional(),
    external: z.boolean().optional(),
    dependencies: z.array(urn).optional(),
    initErrors: z.array(z.string()).optional(),
    provider: z.string().optional(),
    propertyDependencies: z.record(z.string(), z.array(urn)).optional(),
    pendingReplacement: z.boolean().optional(),
    additionalSecretOutputs: z.array(z.string()).optional(),
    aliases: z.array(urn).optional(),
    customTimeouts: z
        .strictObject({ create: z.number().optional(), update: z.number().optional(), delete: z.number().optional() })
        .optional(),
    importID: z.string().optional(),
};
const newer = {
    retainOnDelete: z.boolean().optional(),
    deletedWith: urn.optional(),
    replaceWith: z.array(urn).optional(),
    replacementTrigger: value.optional(),
    ignoreChanges: z.array(z.string()).optional(),
    replaceOnChanges: z.array(z.string()).optional(),
    hideDiff: z.array(z.string()).optional(),
    created: z.iso.datetime({ offset: true }).optional(),
    modified: z.iso.datetime({ offset: true }).optional(),
    sourcePosition: z.string().optional(),
    stackTrace: z.array(z.unknown()).optional(),
};
const resource = z.strictObject({ ...published, ...newer });

export const deploymentSchema = z.strictObject({
    version: z.union([z.literal(3), z.literal(4)]),
    features: z.array(z.string()).optional(),
    deployment: z.strictObject({
        manifest: z.strictObject({ time: z.iso.datetime({ offset: true }), magic: z.string(), version: z.string() }),
        secrets_providers: z.strictObject({ type: z.string(), state: z.unknown().optional() }).optional(),
        resources: z.array(resource).optional(),
        pending_operations: z
            .array(z.strictObject({ resource, type: z.enum(["creating", "updating", "deleting", "reading"]) }))
            .optional(),
        metadata: z.looseObject({}).optional(),
    }),
});
