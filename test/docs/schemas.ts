/** The input schema of each resource, which the compiler checks against the public interface. */
import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type * as agb from "../../provider";
import type { AgbResource } from "../../provider/dynamic/resource";
import { commandInputsSchema } from "../../provider/handlers/command/state";
import { contextInputsSchema } from "../../provider/handlers/context";
import { contextFileInputsSchema } from "../../provider/handlers/files/fileState";
import { contextFolderInputsSchema } from "../../provider/handlers/files/folderState";
import { sessionInputsSchema } from "../../provider/handlers/session/state";
import { syncInputsSchema } from "../../provider/handlers/sync";

type Api = typeof agb;
/** Every resource that the package exports. */
export type ResourceName = {
    [Name in keyof Api]: Api[Name] extends new (...args: never[]) => AgbResource ? Name : never;
}[keyof Api];

export const schemas = {
    Command: commandInputsSchema,
    Context: contextInputsSchema,
    ContextFile: contextFileInputsSchema,
    ContextFolder: contextFolderInputsSchema,
    Session: sessionInputsSchema,
    Sync: syncInputsSchema,
} satisfies Record<ResourceName, z.ZodObject>;

type ArgsOf<Name extends ResourceName> = Members<NonNullable<ConstructorParameters<Api[Name]>[1]>, "">;
type SchemaInput<Name extends ResourceName> = Fields<z.input<(typeof schemas)[Name]>>;

/**
 * Every field at any depth with its path and its type: `["/contextSyncs?[]/path", string]`. Wrappers for unknown values and
 * the keys of the base class are omitted.
 */
type Fields<T, Path extends string = ""> = unknown extends T
    ? [Path, "any"]
    : T extends string | { urn: unknown }
      ? // Any text, such as `string & {}`, or the id of a resource.
        [Path, T extends string ? (string extends T ? string : T) : string]
      : T extends Promise<infer Inner> | pulumi.OutputInstance<infer Inner>
        ? Fields<Inner, Path>
        : T extends readonly (infer Element)[]
          ? Fields<Element, `${Path}[]`>
          : T extends object
            ? Members<T, Path>
            : [Path, T];
/** The fields of an object, or of a union of objects: a field that one of them may lack is optional. */
type Members<T, Path extends string> = {
    [Key in Own<T>]-?: Fields<Exclude<T[Key], undefined>, `${Path}/${Key}${object extends Pick<T, Key> ? "?" : ""}`>;
}[Own<T>];
type Own<T> = Exclude<keyof T & string, `__${string}`>;

type Differing<Name extends ResourceName> = Name extends ResourceName
    ? `${Name}${PathOf<Exclude<ArgsOf<Name>, SchemaInput<Name>> | Exclude<SchemaInput<Name>, ArgsOf<Name>>>}`
    : never;
type PathOf<Field> = Field extends [infer Path extends string, unknown] ? Path : never;

/** Does not compile if a schema and its interface differ. The error names the resource and the field. */
export const differing: [Differing<ResourceName>] extends [never] ? "nothing" : Differing<ResourceName> = "nothing";
