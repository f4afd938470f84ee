/**
 * AGB as the program itself asks it, with the configuration of its stack. Loaded at the first question: a program that asks nothing
 * loads neither undici nor zod.
 */
import { Config } from "@pulumi/pulumi";
import type * as Agb from "../agb";
import { programError } from "./programError";

/** By settings: one process may run the programs of several stacks. Idle connections do not keep it from ending. */
const clients = new Map<string, Agb.AgbClient>();

/** Asks AGB; what goes wrong ends the program with one line, which begins with what was attempted. */
export async function queryAgb<T>(
    action: string,
    query: (agb: Agb.AgbClient, library: typeof Agb) => Promise<T>,
): Promise<T> {
    try {
        const library = await import("../agb/index.js");
        return await query(await client(library), library);
    } catch (error) {
        throw programError(`${action}: ${error instanceof Error ? error.message : String(error)}`);
    }
}

async function client({ AgbClient, resolveSettings }: typeof Agb): Promise<Agb.AgbClient> {
    const { agbConfig } = await import("../handlers/config.js");
    const config = new Config("agb");
    const settings = await resolveSettings(agbConfig((key) => config.get(key.replace(/^agb:/, ""))));
    const key = JSON.stringify(settings);
    const known = clients.get(key) ?? new AgbClient(settings);
    clients.set(key, known);
    return known;
}
