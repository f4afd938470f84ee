/** Builds and parses URNs (`urn:pulumi:STACK::PROJECT::TYPE::NAME`) and provider references (`URN::ID`). */

export const STACK_TYPE = "pulumi:pulumi:Stack";
export const STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference";
const PROVIDER_PREFIX = "pulumi:providers:";

export interface UrnParts {
    stack: string;
    project: string;
    /** Includes the types of the parents, separated by `$`. */
    qualifiedType: string;
    type: string;
    name: string;
}

export function parseUrn(urn: string): UrnParts {
    const [head = "", project = "", qualifiedType = "", ...name] = urn.split("::");
    return {
        stack: head.replace(/^urn:pulumi:/, ""),
        project,
        qualifiedType,
        type: qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1),
        name: name.join("::"),
    };
}

export function makeUrn(
    stack: string,
    project: string,
    parent: string | undefined,
    type: string,
    name: string,
): string {
    const parentType = parent === undefined ? "" : parseUrn(parent).qualifiedType;
    const qualifiedType = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
    return `urn:pulumi:${stack}::${project}::${qualifiedType}::${name}`;
}

export const isProviderType = (type: string): boolean => type.startsWith(PROVIDER_PREFIX);
export const providerType = (packageName: string): string => PROVIDER_PREFIX + packageName;
export const packageOf = (type: string): string =>
    isProviderType(type) ? type.slice(PROVIDER_PREFIX.length) : (type.split(":")[0] ?? "");
/** A provider that the engine creates because the program declares none; displays and counts omit it. */
export const isDefaultProvider = (urn: string): boolean =>
    isProviderType(parseUrn(urn).type) && /^default(_|$)/.test(parseUrn(urn).name);

export const providerReference = (urn: string, id: string): string => `${urn}::${id}`;
export function parseProviderReference(reference: string): { urn: string; id: string } {
    const separator = reference.lastIndexOf("::");
    return { urn: reference.slice(0, separator), id: reference.slice(separator + 2) };
}
