/** Reading and writing checkpoints, compared with one that the pulumi command wrote. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
    CheckpointWriter,
    decodeSnapshot,
    parseCheckpoint,
    parseImport,
    assertSupported,
} from "../../engine/state/checkpoint";
import { openCrypter, type Crypter } from "../../engine/state/passphrase";
import { StateSecrets } from "../../engine/state/secrets";
import { SECRET, SIGNATURE, type PropertyMap, type ResourceState, type Snapshot } from "../../engine/model/types";

/** A stack written by the pulumi command, with secrets at several depths, an asset, and an entry pending deletion. */
const FIXTURE = join(__dirname, "fixtures/pulumi-stack/dev.json");
const PASSPHRASE = "correct horse";
const STACK = "organization/fixture/dev";

const text = readFileSync(FIXTURE, "utf8").trimEnd();
const stored = parseCheckpoint(text, FIXTURE);
const salt = stored.deployment?.secrets_providers?.state?.salt ?? "";
const secret = (value: PropertyMap[string]): PropertyMap => ({ [SIGNATURE]: SECRET, value });
const withoutManifest = (checkpoint: string): string => checkpoint.replace(/"manifest":\{[^}]*\}/, "");
const find = (snapshot: Snapshot, name: string): ResourceState => {
    const found = snapshot.resources.find(({ urn }) => urn.endsWith(`::${name}`));
    if (found === undefined) {
        throw new Error(`no ${name} in the snapshot`);
    }
    return found;
};

describe("a checkpoint", () => {
    let crypter: Crypter;
    beforeAll(async () => {
        crypter = await openCrypter("dev", PASSPHRASE, salt);
    });
    const load = (): { snapshot: Snapshot; writer: CheckpointWriter } => {
        const secrets = new StateSecrets(crypter);
        return {
            snapshot: decodeSnapshot(stored.deployment, secrets.decrypt),
            writer: new CheckpointWriter(STACK, salt, secrets.encrypt),
        };
    };

    test("is read with its secrets decrypted, and wrapped as on the wire", () => {
        const { snapshot } = load();
        const inputs = find(snapshot, "first").inputs;
        expect(inputs?.secret).toEqual(secret('s3cr3t <&> "quoted"'));
        expect(inputs?.secretObject).toEqual(secret({ text: "<html> & \u2028 é", list: [1, { two: 2 }] }));
        expect(find(snapshot, "fixture-dev").outputs?.nested).toEqual({ deep: [secret(1), { plain: "x" }] });
        expect(find(snapshot, "second").outputs?.made).toEqual(secret("<b> & é \u2028"));
    });

    test("is rewritten byte for byte, except for the manifest", () => {
        const { snapshot, writer } = load();
        expect(withoutManifest(writer.checkpoint(snapshot))).toBe(withoutManifest(text));
    });

    test("keeps the ciphertext of a secret if only other properties of its resource changed", () => {
        const { snapshot, writer } = load();
        const before = find(snapshot, "first");
        const changed = { ...before, inputs: { ...before.inputs, secret: secret("new"), name: "other" } };
        const written = parseCheckpoint(
            writer.checkpoint({
                ...snapshot,
                resources: snapshot.resources.map((state) => (state === before ? changed : state)),
            }),
            "",
        );
        const old = stored.deployment?.resources?.find(({ urn }) => urn === before.urn)?.inputs;
        const now = written.deployment?.resources?.find(({ urn }) => urn === before.urn)?.inputs;
        expect(now?.secretObject).toEqual(old?.secretObject);
        expect(now?.secret).not.toEqual(old?.secret);
        expect(crypter.decrypt((now?.secret as { ciphertext: string }).ciphertext)).toBe('"new"');
    });

    test("gives two secrets with the same plain text different ciphertexts", () => {
        const { writer } = load();
        const state: ResourceState = {
            urn: "urn:pulumi:dev::fixture::a:b:C::x",
            custom: true,
            type: "a:b:C",
            inputs: { one: secret("same"), two: secret("same") },
        };
        const { inputs } =
            parseCheckpoint(writer.checkpoint({ resources: [state], pendingOperations: [] }), "").deployment
                ?.resources?.[0] ?? {};
        expect(inputs?.one).not.toEqual(inputs?.two);
    });

    test("contains pending operations, and no secrets in plain text", () => {
        const { snapshot, writer } = load();
        const resource: ResourceState = {
            urn: "urn:pulumi:dev::fixture::a:b:C::x",
            custom: true,
            type: "a:b:C",
            inputs: { token: secret("do-not-show") },
        };
        const written = writer.checkpoint({ ...snapshot, pendingOperations: [{ resource, type: "creating" }] });
        expect(written).not.toContain("do-not-show");
        const again = decodeSnapshot(parseCheckpoint(written, "").deployment, new StateSecrets(crypter).decrypt);
        expect(again.pendingOperations).toEqual([{ resource, type: "creating" }]);
    });

    test("declares the feature replaceWith, so engines without it reject the stack", () => {
        const { writer } = load();
        const state: ResourceState = {
            urn: "urn:pulumi:dev::fixture::a:b:C::x",
            custom: true,
            type: "a:b:C",
            replaceWith: ["urn:pulumi:dev::fixture::a:b:C::y"],
        };
        expect(parseCheckpoint(writer.checkpoint({ resources: [state], pendingOperations: [] }), "")).toMatchObject({
            version: 4,
            features: ["replaceWith"],
        });
    });

    test.each([
        [{ version: 4, features: ["hooks", "replaceWith"] }, "uses hooks,"],
        [{ version: 5 }, "version 5"],
        [{ version: 2 }, "version 2"],
        [{ version: 3, deployment: { secrets_providers: { type: "awskms" } } }, '"awskms"'],
    ])("is rejected, with the reason, if only the pulumi command can deploy it: %j", (unsupported, reason) => {
        expect(() => assertSupported(unsupported)).toThrow(reason);
    });

    test("is rejected with the name of its file if it is not JSON", () => {
        expect(() => parseCheckpoint("{", "/somewhere/dev.json")).toThrow(/\/somewhere\/dev\.json is not valid JSON: /);
    });

    test.each([
        "{}",
        "null",
        "[]",
        '{"version":3,"deployment":{"resources":{}}}',
        '{"version":3,"deployment":{"resources":[null]}}',
    ])("is not what is imported from %s", (content) => {
        expect(() => parseImport(content, "state.json")).toThrow(
            "the JSON from state.json is not the state of a stack.",
        );
    });
});
