/** What the resources of a deployment declare about contexts, and warnings about those that would harm each other. */
import type { UploadMode } from "../../agb/policy";
import { unknown, type Failure, type MaybeUnknownFields } from "../contract";
import type { CommonInputs } from "../origin";
import { knownMounts, type Mount } from "../session/mounts";
import { autoUploads, type SessionInputs } from "../session/state";
import { isWithin, trimTrailingSlash } from "../support/paths";
import { ContextIndex } from "./contextIndex";
import { declaredResource, DeployOrder, type Declared } from "./deployOrder";
import { contentWarning, modeWarning, rivalWarning } from "./warnings";
import { affects, writerOf, type Content, type Writer } from "./writer";

type Address = Pick<Mount, "contextId" | "path">;
interface ContextInputs extends CommonInputs {
    name?: string | undefined;
    region?: string | undefined;
    adopt: boolean;
}

/** Collected while inputs are checked, in whatever order. A resource warns about those before it, of each kind once. */
export class Declarations {
    readonly #order = new DeployOrder();
    readonly #writers = new ContextIndex<Writer>();
    readonly #contents = new ContextIndex<Content>();
    readonly #modes = new ContextIndex<{ by: Declared; mode: UploadMode }>();
    readonly #mountsOf = new Map<string, Mount[]>();
    readonly #sessionNames = new Map<string, string>();
    readonly #contexts = new Map<string, Declared>();
    /** The names that sessions have in the program. */
    readonly #names = new Set<string>();
    /** How to withdraw a resource. A replacement is checked twice. */
    readonly #withdrawals = new Map<string, (() => void)[]>();
    readonly #reported = new Set<string>();

    /** A failure if another resource creates a context of the same name. A context that adopts may share it. */
    addContext(inputs: MaybeUnknownFields<ContextInputs>): Failure[] {
        const by = this.#declare("Context", inputs);
        const { name, region, adopt, __origin } = inputs;
        // Without its origin, a second check of a resource looks like another one.
        if (!__origin || name === undefined || adopt !== false || [name, region].includes(unknown)) return [];
        const key = JSON.stringify([name, region]);
        const other = this.#contexts.get(key);
        if (other) {
            const reason = `is also the name of ${other.shown}, but names are unique in an account; choose another one, or use the id of ${other.shown} instead of a second resource`;
            return [{ property: "name", reason }];
        }
        this.#contexts.set(key, by);
        this.#withdrawals.get(by.name)?.push(() => this.#contexts.delete(key));
        return [];
    }

    addSession(inputs: MaybeUnknownFields<SessionInputs>): string[] {
        const by = this.#declare("Session", inputs);
        const mounts = knownMounts(inputs);
        this.#mountsOf.set(by.name, mounts);
        if (inputs.__origin) this.#names.add(inputs.__origin.name);
        const origin = { by, session: by.name, isSync: false };
        return mounts.flatMap((mount) => [
            ...this.#addMode(by, mount),
            ...(autoUploads(mount) ? this.#addWriter(writerOf(mount, origin)) : []),
        ]);
    }

    /** Remembers the id of a session, by which a `Sync` refers to it. */
    identifySession(id: string, inputs: CommonInputs): void {
        this.#sessionNames.set(id, declaredResource("Session", inputs).name);
    }

    /** Whether a session with this id, or with this name, is declared. */
    hasSession({ id, name }: { id?: string; name?: string | undefined }): boolean {
        return this.#sessionNames.has(id ?? "") || this.#names.has(name ?? "");
    }

    /** Whether the session with this id is known to be that of another resource. */
    isOfAnother(id: string, inputs: CommonInputs): boolean {
        const name = this.#sessionNames.get(id);
        return name !== undefined && name !== declaredResource("Session", inputs).name;
    }

    /** An upload by a `Sync`: of one mount, or of all mounts of the session. */
    addUpload(inputs: CommonInputs, sessionId: string | undefined, address: Address | undefined): string[] {
        const by = this.#declare("Sync", inputs);
        const session = this.#sessionOf(inputs, sessionId);
        const mounts = this.#mountsOf.get(session) ?? [];
        const origin = { by, session, isSync: true };
        const writers = address
            ? [writerOf(narrowed(mounts, address), origin)]
            : mounts.map((mount) => writerOf(mount, origin));
        return writers.flatMap((writer) => this.#addWriter(writer));
    }

    /** What a `ContextFile` or a `ContextFolder` puts into a context. */
    addContent(type: string, inputs: CommonInputs, place: Omit<Content, "by">): string[] {
        const content = { ...place, by: this.#declare(type, inputs), path: trimTrailingSlash(place.path) };
        const writer = find(this.#writers.overlapping(content), (other) => this.#harms(other, content));
        this.#index(this.#contents, content, content);
        return writer ? this.#reportContent(writer, content) : [];
    }

    /** A resource that changes no context but is deployed in some order. */
    addAction(type: string, inputs: CommonInputs): void {
        this.#declare(type, inputs);
    }

    #declare(type: string, inputs: CommonInputs): Declared {
        const by = declaredResource(type, inputs);
        this.#withdrawals.get(by.name)?.forEach((withdraw) => withdraw());
        this.#withdrawals.set(by.name, []);
        this.#order.add(by, inputs.__origin?.after ?? []);
        return by;
    }

    #index<T extends { by: Declared }>(index: ContextIndex<T>, place: Address, item: T): void {
        index.add(place, item);
        this.#withdrawals.get(item.by.name)?.push(() => index.remove(place, item));
    }

    #addMode(by: Declared, { contextId, path, policy }: Mount): string[] {
        const place = { contextId, path: trimTrailingSlash(path) };
        const mine = { by, mode: policy.uploadPolicy.uploadMode };
        const other = find(this.#modes.at(place), ({ mode }) => mode !== mine.mode);
        this.#index(this.#modes, place, mine);
        return other
            ? this.#report([place.contextId, path, other.by.name, by.name], modeWarning(place, mine, other))
            : [];
    }

    #addWriter(writer: Writer): string[] {
        const places = writer.roots.map((path) => ({ contextId: writer.contextId, path }));
        const rival = find(overlappingAny(this.#writers, places), (other) => this.#competes(other, writer));
        const content = find(overlappingAny(this.#contents, places), (other) => this.#harms(writer, other));
        for (const place of places) this.#index(this.#writers, place, writer);
        return [
            ...(rival
                ? this.#report(
                      [writer.contextId, rival.path, writer.path, rival.session, writer.session],
                      rivalWarning(rival, writer),
                  )
                : []),
            ...(content ? this.#reportContent(writer, content) : []),
        ];
    }

    /** Sessions upload whenever they end, so no order helps. An upload by a `Sync` ends before what depends on it starts. */
    #competes(a: Writer, b: Writer): boolean {
        return a.session !== b.session && !((a.isSync || b.isSync) && this.#order.isOrdered(a.by, b.by));
    }

    #harms(writer: Writer, content: Content): boolean {
        return affects(writer, content) && !this.#order.isOrdered(writer.by, content.by);
    }

    /** A session that uploads a file may have a `Sync` that uploads it too. One warning is enough. */
    #reportContent(writer: Writer, content: Content): string[] {
        return this.#report([content.contextId, writer.session, content.by.name], contentWarning(writer, content));
    }

    /** Returns a warning unless the same resources have caused it before, in whichever order they are checked. */
    #report(about: string[], warning: string): string[] {
        const key = JSON.stringify([...about].sort());
        if (this.#reported.has(key)) return [];
        this.#reported.add(key);
        return [warning];
    }

    #sessionOf(inputs: CommonInputs, sessionId: string | undefined): string {
        const known = this.#sessionNames.get(sessionId ?? "");
        if (known !== undefined) return known;
        const candidates = (inputs.__origin?.after ?? []).filter((name) => this.#mountsOf.has(name));
        return candidates.length === 1 && candidates[0] !== undefined ? candidates[0] : `session ${sessionId ?? "?"}`;
    }
}

/** The mount that a `Sync` of one path uploads: a mount of its session, or a folder below one. */
function narrowed(mounts: Mount[], { contextId, path }: Address): Address & Partial<Mount> {
    const folder = trimTrailingSlash(path);
    const mount = mounts.find(
        (other) => other.contextId === contextId && isWithin(folder, trimTrailingSlash(other.path)),
    );
    return mount && trimTrailingSlash(mount.path) === folder ? mount : { contextId, path: folder };
}

function* overlappingAny<T>(index: ContextIndex<T>, places: Address[]): Generator<T> {
    for (const place of places) yield* index.overlapping(place);
}

function find<T>(items: Iterable<T>, matches: (item: T) => boolean): T | undefined {
    for (const item of items) if (matches(item)) return item;
    return undefined;
}

/** The declarations of this deployment, which has the provider process to itself. */
export const declarations = new Declarations();
