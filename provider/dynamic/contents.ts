/**
 * What an input is made of: the resources that it comes from, and whether it is a secret. `pulumi.output` finds out the
 * same, but creates several outputs for each one that the input contains.
 */
import * as pulumi from "@pulumi/pulumi";

/** What the SDK knows about outputs but does not declare. */
interface OutputInternals {
    promise(withUnknowns: boolean): Promise<unknown>;
    allResources(): Promise<Set<pulumi.Resource>>;
}

interface Contents {
    resources: Set<pulumi.Resource>;
    isSecret: boolean;
}

/** The contents of a value of any type, or undefined if it contains neither a resource nor a value that is resolved later. */
export function contentsOf(value: unknown): Promise<Contents> | undefined {
    const contents: Contents = { resources: new Set(), isSecret: false };
    const pending = collect(value, contents, new Set());
    if (pending.length === 0 && contents.resources.size === 0) return undefined;
    return Promise.all(pending).then(() => contents);
}

/** Adds what is known at once, and returns what adds the rest. */
function collect(value: unknown, contents: Contents, seen: Set<unknown>): Promise<void>[] {
    if (typeof value !== "object" || value === null || seen.has(value)) return [];
    seen.add(value);
    const collectLater = async (later: Promise<unknown>): Promise<void> => {
        await Promise.all(collect(await later, contents, seen));
    };
    if (pulumi.Resource.isInstance(value)) {
        contents.resources.add(value);
        return [];
    }
    if (pulumi.Output.isInstance(value)) {
        const output = value as unknown as OutputInternals;
        return [
            output.allResources().then((resources) => resources.forEach((each) => contents.resources.add(each))),
            pulumi.isSecret(value).then((isSecret) => void (contents.isSecret ||= isSecret)),
            collectLater(output.promise(true)),
        ];
    }
    if (value instanceof Promise) return [collectLater(value)];
    return Object.values(value).flatMap((member) => collect(member, contents, seen));
}
