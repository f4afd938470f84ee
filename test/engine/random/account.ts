/** The real account: the things the provider created, each with its inputs. Some calls fail on request. */
import type { PropertyMap } from "../../../engine/model/types";
import type { Fault } from "./programs";

export interface Call {
    method: "check" | "diff" | "create" | "update" | "read" | "delete";
    id?: string;
    olds?: PropertyMap;
    news?: PropertyMap;
}

export type Answer =
    | { kind: "done"; result: { id?: string; outs?: PropertyMap; changes?: boolean; replaces?: string[] } }
    | { kind: "failed"; reason: string }
    | { kind: "done in part"; id: string; outs: PropertyMap; reasons: string[] }
    | { kind: "provider ended" };

const REPLACING = ["kind", "seat", "badge"];
/** Not what a program says of a thing, but what comes with it. */
const INCIDENTAL = ["made", "tag", "__provider"];

export class Account {
    readonly things = new Map<string, PropertyMap>();
    faults: readonly Fault[] = [];
    /** How often something was asked to change. */
    changes = 0;
    #created = 0;

    /** They disappear without anyone's doing; returns their ids. */
    lose(slots: readonly number[]): string[] {
        const lost = [...this.things].filter(([, { slot }]) => slots.includes(slot as number)).map(([id]) => id);
        for (const id of lost) this.things.delete(id);
        return lost;
    }

    answer(call: Call): Answer {
        const { method, id = "", olds = {}, news = {} } = call;
        const there = this.things.get(id);
        if (method === "diff" && news.diffsByEngine === true) return { kind: "done", result: {} };
        switch (method) {
            case "check":
                return { kind: "done", result: { outs: news } };
            case "diff": {
                const keys = Object.keys({ ...olds, ...news }).filter(
                    (key) => !INCIDENTAL.includes(key) && JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
                );
                return {
                    kind: "done",
                    result: { changes: keys.length > 0, replaces: keys.filter((key) => REPLACING.includes(key)) },
                };
            }
            case "read":
                return {
                    kind: "done",
                    result:
                        there === undefined
                            ? { id: "", outs: {} }
                            : {
                                  id,
                                  outs: {
                                      ...there,
                                      made: id,
                                      tag: tagOf(there.slot),
                                      ...(olds.__provider !== undefined && { __provider: olds.__provider }),
                                  },
                              },
                };
            case "create":
                return this.#change(method, news, () =>
                    this.#put(`thing-${JSON.stringify(news.slot)}-${++this.#created}`, news),
                );
            case "update":
                if (there === undefined) return { kind: "failed", reason: `there is no ${id}` };
                return this.#change(method, news, () => this.#put(id, news));
            case "delete":
                return this.#change(method, there ?? {}, () => {
                    this.things.delete(id);
                    return { id, outs: {} };
                });
        }
    }

    #put(id: string, inputs: PropertyMap): { id: string; outs: PropertyMap } {
        this.things.set(id, content(inputs));
        return { id, outs: { ...inputs, made: id, tag: tagOf(inputs.slot) } };
    }

    #change(method: Fault["method"], { slot }: PropertyMap, carryOut: () => { id: string; outs: PropertyMap }): Answer {
        this.changes++;
        const how = this.faults.find((fault) => fault.method === method && fault.slot === slot)?.how;
        if (how === "fails" || (how === "is done in part" && method === "delete")) {
            return { kind: "failed", reason: `${method} fails` };
        }
        if (how === "ends the provider before it is done") return { kind: "provider ended" };
        const result = carryOut();
        if (how === "ends the provider after it is done") return { kind: "provider ended" };
        if (how === "is done in part") {
            return { kind: "done in part", ...result, reasons: [`${method} is done in part`] };
        }
        return { kind: "done", result };
    }
}

export const tagOf = (slot: unknown): string => `tag of ${String(slot)}`;

/** What the account keeps of inputs, or of outputs. */
export const content = (properties: PropertyMap): PropertyMap =>
    Object.fromEntries(Object.entries(properties).filter(([key]) => !INCIDENTAL.includes(key)));
