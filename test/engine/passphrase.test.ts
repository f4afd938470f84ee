/** Passphrase secrets, compatible with the pulumi command. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { newCrypter, openCrypter, readPassphrase } from "../../engine/state/passphrase";
import { tempFolder } from "../support/tempFolder";

const settings = parse(readFileSync(join(__dirname, "fixtures/pulumi-stack/Pulumi.dev.yaml"), "utf8")) as {
    encryptionsalt: string;
    config: { "fixture:token": { secure: string } };
};

describe("passphrase secrets", () => {
    test("are decrypted if the pulumi command encrypted them", async () => {
        const crypter = await openCrypter("dev", "correct horse", settings.encryptionsalt);
        expect(crypter.decrypt(settings.config["fixture:token"].secure)).toBe('s3cr3t <&> "quoted"');
    });

    test("reject a wrong passphrase, name the stack, and explain where to set the right one", async () => {
        await expect(openCrypter("dev", "wrong", settings.encryptionsalt)).rejects.toThrow(
            /^incorrect passphrase for stack 'dev': set PULUMI_CONFIG_PASSPHRASE/,
        );
    });

    test("reject a malformed salt", async () => {
        await expect(openCrypter("dev", "x", "v2:abc")).rejects.toThrow(/"v2:abc" of stack 'dev' is not in the format/);
    });

    test("are decrypted with the salt and passphrase of a new stack, even an empty passphrase", async () => {
        const crypter = await newCrypter("");
        const opened = await openCrypter("dev", "", crypter.salt);
        expect(opened.decrypt(crypter.encrypt("väl\u0000ue"))).toBe("väl\u0000ue");
        expect(crypter.salt).toMatch(/^v1:[A-Za-z0-9+/=]+:v1:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$/);
    });

    test("are rejected if they were tampered with", async () => {
        const crypter = await newCrypter("x");
        const [version, nonce, data = ""] = crypter.encrypt("value").split(":");
        const changed = Buffer.from(data, "base64");
        changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
        expect(() => crypter.decrypt([version, nonce, changed.toString("base64")].join(":"))).toThrow();
    });
});

describe("the passphrase", () => {
    test("comes from the environment, even if it is empty, in preference to the file", async () => {
        expect(
            await readPassphrase("dev", { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: "/nowhere" }),
        ).toBe("");
    });

    test("comes from a file, without the trailing newline", async () => {
        const file = join(tempFolder("passphrase"), "phrase");
        writeFileSync(file, "secret phrase\n");
        expect(await readPassphrase("dev", { PULUMI_CONFIG_PASSPHRASE_FILE: file })).toBe("secret phrase");
    });

    test("is requested by variable if it or its file is missing", async () => {
        await expect(readPassphrase("dev", {})).rejects.toThrow(
            /^the passphrase for the secrets of stack 'dev' is missing\. Set PULUMI_CONFIG_PASSPHRASE, or set PULUMI_CONFIG_PASSPHRASE_FILE/,
        );
        await expect(readPassphrase("dev", { PULUMI_CONFIG_PASSPHRASE_FILE: "/nowhere/phrase" })).rejects.toThrow(
            "/nowhere/phrase",
        );
    });
});
