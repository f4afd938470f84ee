/** Presigned URLs: each lets its holder write or read one file of one context for a limited time. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "./clock";

const LIFETIME_SECONDS = 60 * 60;

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
        const signature = this.#signature(method, contextId, key, expireTime);
        return {
            url: `${origin}/objects/${contextId}/${path}?Expires=${expireTime}&Signature=${signature}`,
            expireTime,
        };
    }

    /** Why the URL is not valid, or `undefined` if it is. */
    verify(
        method: string,
        contextId: string,
        key: string,
        { Expires, Signature }: { Expires?: unknown; Signature?: unknown },
    ): string | undefined {
        const expireTime = Number(Expires);
        const expected = Buffer.from(this.#signature(method, contextId, key, expireTime));
        const actual = Buffer.from(typeof Signature === "string" ? Signature : "");
        if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
            return "the URL is not signed for this method and file";
        }
        return expireTime < this.#clock.seconds() ? "the URL has expired" : undefined;
    }

    #signature(method: string, contextId: string, key: string, expireTime: number): string {
        return createHmac("sha256", this.#secret)
            .update(JSON.stringify([method, contextId, key, expireTime]))
            .digest("base64url");
    }
}
