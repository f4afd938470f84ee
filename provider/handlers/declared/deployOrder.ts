/** In which order a deployment carries out its resources, according to their dependencies. */
import { displayName, forceDestroyName, type CommonInputs } from "../origin";

/** A resource of the deployment. */
export interface Declared {
    /** Identifies the resource, in the form that `Origin.after` uses. */
    name: string;
    /** How messages name it: `Session "dev"`. */
    shown: string;
}

export function declaredResource(type: string, inputs: CommonInputs): Declared {
    const { __origin } = inputs;
    return { name: __origin ? forceDestroyName(type, __origin) : type, shown: displayName(type, inputs) };
}

export class DeployOrder {
    readonly #after = new Map<string, readonly string[]>();
    readonly #before = new Map<string, ReadonlySet<string>>();

    /** Adds a resource. The engine checks a resource after everything that it depends on. */
    add({ name }: Declared, after: readonly string[]): void {
        this.#after.set(name, after);
        this.#before.delete(name);
    }

    /** Whether one of two resources depends on the other, directly or through others. */
    isOrdered(a: Declared, b: Declared): boolean {
        return this.#allBefore(a.name).has(b.name) || this.#allBefore(b.name).has(a.name);
    }

    #allBefore(name: string): ReadonlySet<string> {
        const known = this.#before.get(name);
        if (known) return known;
        const found = new Set<string>();
        const open = [name];
        for (let next = open.pop(); next !== undefined; next = open.pop()) {
            for (const earlier of this.#after.get(next) ?? []) {
                if (found.has(earlier)) continue;
                found.add(earlier);
                open.push(earlier);
            }
        }
        this.#before.set(name, found);
        return found;
    }
}
