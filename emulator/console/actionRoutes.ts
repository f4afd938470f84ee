/** What the console can do: sync and release sessions, and inject faults. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { SyncMode } from "../../provider/agb/policy";
import { ApiError, invalidParameter } from "../apiError";
import { ok, parseParams, text } from "../http/envelope";
import { FAULT_KINDS, parseFault, type Fault } from "../http/faultKinds";
import type { Service } from "../service";

const sessionParameters = z.object({ sessionId: text });

/** Like the calls of the API, but no fault is injected into them. */
export function sessionActions(app: FastifyInstance, base: string, { sessions, releases }: Service): void {
    app.post(`${base}sync`, async (request) => {
        const session = sessions.get(parseParams(sessionParameters, request.body).sessionId);
        await sessions.sync(session, SyncMode.Upload, undefined, false);
        return ok();
    });

    app.post(`${base}release`, async (request) => {
        await releases.release(sessions.get(parseParams(sessionParameters, request.body).sessionId), "request");
        return ok();
    });
}

export function faultActions(
    app: FastifyInstance,
    base: string,
    faults: Fault[],
    callNames: ReadonlySet<string>,
): void {
    const ids = new WeakMap<Fault, number>();
    let lastId = 0;
    const idOf = (fault: Fault): number => {
        const id = ids.get(fault) ?? ++lastId;
        ids.set(fault, id);
        return id;
    };

    app.get(`${base}faults`, () =>
        Promise.resolve(
            ok({
                faults: faults.map((fault) => ({ id: idOf(fault), ...fault })),
                kinds: FAULT_KINDS,
                calls: [...callNames],
            }),
        ),
    );

    app.post(`${base}faults`, (request) => {
        const { fault } = parseParams(z.object({ fault: text }), request.body);
        faults.push(parsed(fault));
        return Promise.resolve(ok());
    });

    app.delete(`${base}faults`, (request) => {
        const { id } = parseParams(z.object({ id: z.coerce.number() }), request.query);
        const index = faults.findIndex((fault) => idOf(fault) === id);
        if (index < 0) throw new ApiError("InvalidFault.NotFound", "the fault does not exist");
        faults.splice(index, 1);
        return Promise.resolve(ok());
    });
}

function parsed(fault: string): Fault {
    try {
        return parseFault(fault);
    } catch (error) {
        throw invalidParameter((error as Error).message);
    }
}
