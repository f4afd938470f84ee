import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "./clock";

const LIFETIME_SECONDS = 60 * 60;

/** Makes and checks addresses that let their holder write or read one file of one context for a while. */
export class Presigned {
    readonly #secret: Buffer;
    readonly #clock: Clock;
    constructor(secret: Buffer, clock: Clock) {
        this.#secret = secret;
        this.#clock = clock;
    }

    /** `expireTime` is in seconds since the epoch. */
    sign(origin: string, method: "PUT" | "GET", contextId: string, key: string): { url: string; expireTime: number } {
        const expireTime = this.#clock.seconds() + LIFETIME_SECONDS;
        const path = key.split("/").map(encodeURIComponent).join("/");
        return {
            url: `${origin}/objects/${contextId}/${path}?Expires=${expireTime}&Signature=${this.#signature(method, contextId, key, expireTime)}`,
            expireTime,
        };
    }

    /** Why the address does not serve, or `undefined` when it does. */
    verify(
        method: string,
        contextId: string,
        key: string,
        { Expires, Signature }: { Expires?: unknown; Signature?: unknown },
    ): string | undefined {
        const expires = Number(Expires);
        const expected = Buffer.from(this.#signature(method, contextId, key, expires));
        const given = Buffer.from(typeof Signature === "string" ? Signature : "");
        if (expected.length !== given.length || !timingSafeEqual(expected, given))
            return "the address is not signed for this method and file";
        return expires < this.#clock.seconds() ? "the address has expired" : undefined;
    }

    #signature(method: string, contextId: string, key: string, expires: number): string {
        return createHmac("sha256", this.#secret)
            .update(JSON.stringify([method, contextId, key, expires]))
            .digest("base64url");
    }
}
