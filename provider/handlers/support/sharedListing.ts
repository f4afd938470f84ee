/** Listings that all resources of a deployment share, instead of one for each of them. */
import { collect } from "../../../common/collect";
import { untilTimeLimit, withoutTimeLimit } from "../../agb/timeLimit";

export class SharedListings<Item> {
    readonly #call: string;
    readonly #listings = new Map<string, { startedAt: number; items: Promise<ReadonlySet<Item>> }>();

    /** `call` is the name of the call, for errors. */
    constructor(call: string) {
        this.#call = call;
    }

    /** The items of the listing with this key. It is read again if it began more than `maxAgeMs` ago, or has failed. */
    get(key: string, maxAgeMs: number, list: () => AsyncIterable<Item>): Promise<ReadonlySet<Item>> {
        let listing = this.#listings.get(key);
        if (!listing || Date.now() - listing.startedAt >= maxAgeMs) {
            // It outlasts the operation that starts it, because others wait for it, too.
            listing = { startedAt: Date.now(), items: withoutTimeLimit(async () => new Set(await collect(list()))) };
            this.#listings.set(key, listing);
            listing.items.catch(() => this.#listings.delete(key));
        }
        const { items } = listing;
        return untilTimeLimit(this.#call, () => items);
    }
}
