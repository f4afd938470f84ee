/** A proxy in front of AGB that lists the files of contexts as the service might, although the local AGB never does. */
import type { WireContextFile } from "../../provider/agb";
import { startAlteringProxy, type AlteringProxy } from "./alteringProxy";

export interface ListingsProxy extends AlteringProxy {
    /** What becomes of the entries of each listing from now on. */
    alter: (entries: WireContextFile[]) => WireContextFile[];
}

export async function startListingsProxy(agb: { endpoint: string; apiKey: string }): Promise<ListingsProxy> {
    const proxy: ListingsProxy = {
        ...(await startAlteringProxy(agb, (call) => (call === "DescribeContextFiles" ? relist : undefined))),
        alter: (entries) => entries,
    };

    function relist(body: string): string {
        const envelope = JSON.parse(body) as { data?: WireContextFile[] };
        return JSON.stringify(envelope.data ? { ...envelope, data: proxy.alter(envelope.data) } : envelope);
    }

    return proxy;
}
