/** The resource `ContextFolder`: its arguments and its class. */
import type { Input, Output } from "@pulumi/pulumi";
import type { Context } from "./context";
import { withContextId } from "./contextId";
import { contextFolderDefinition } from "./definitions/contextFolder";
import { AgbResource, type AgbResourceOptions } from "./dynamic/resource";

/** Arguments for {@link ContextFolder}. */
export interface ContextFolderArgs {
    /** The context, or its id. A change moves the files to the other context. */
    contextId: Input<string | Context>;
    /**
     * The absolute path of the folder in sessions: the path at which they mount the context, or a folder below it, such as
     * `/home/work/data`. A change moves the files.
     */
    path: Input<string>;
    /** The local folder: an absolute path, or one relative to the folder of the program. */
    source: Input<string>;
    /**
     * Patterns of the files to upload, relative to `source`. `*` and `?` match within one name, and `**` matches any number
     * of folders. The name of a folder includes everything in it. Patterns also match files whose name starts with a dot.
     *
     * @default ["**"]
     */
    include?: Input<Input<string>[]>;
    /**
     * Patterns of files to leave out, even if `include` matches them, such as `node_modules` or `**\/*.log`.
     *
     * @default []
     */
    exclude?: Input<Input<string>[]>;
    /**
     * Replace files that already exist in the context with other content, instead of failing.
     *
     * @default false
     */
    overwrite?: Input<boolean>;
}

/**
 * A local folder that is kept in a context, for the sessions that mount it. Changed files are uploaded, several at a time,
 * and files that are deleted from the folder are deleted from the context. The preview names each of them. Other files in the
 * context are not touched.
 *
 * A session sees the files that the context held when the session started. Files that are added later reach it only through
 * a {@link Sync} with `mode: "download"`, and a session that uploads the folder overwrites or removes them. The next
 * `pulumi up` notices such changes, without a refresh, and restores the files.
 *
 * A link to a file counts as the file. A link to a folder is an error, so exclude it. Empty folders are not uploaded. The
 * upload takes at most `customTimeouts.create` (5 minutes by default), or `customTimeouts.update` for what has changed.
 *
 * @throws The folder does not exist, or something in it is not a readable file.
 * @throws The context already has one of the files with other content, and `overwrite` is not set.
 * @throws An upload failed, or did not finish in time: uploaded files stay, and the next `pulumi up` uploads the rest.
 * @throws The context does not exist.
 * @example
 * const data = new agb.ContextFolder("data", { contextId: context.id, path: "/home/work/data", source: "data", exclude: ["**\/*.tmp"] });
 * const dev = new agb.Session("dev", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: context.id, path: "/home/work" }] }, { dependsOn: data });
 */
export class ContextFolder extends AgbResource<ContextFolder, ContextFolderArgs> {
    /** The SHA-256 hash of each file in the context, by its path relative to the folder. A file `__proto__` is `./__proto__`. */
    declare readonly files: Output<Record<string, string>>;
    /** The number of files. */
    declare readonly fileCount: Output<number>;
    /** The total size of the files, in bytes. */
    declare readonly totalSize: Output<number>;
    /** The configured value. */
    declare readonly contextId: Output<string>;
    /** The configured value. */
    declare readonly path: Output<string>;
    /** The configured value. */
    declare readonly source: Output<string>;
    /** The configured value. */
    declare readonly include: Output<string[]>;
    /** The configured value. */
    declare readonly exclude: Output<string[]>;
    /** The configured value. */
    declare readonly overwrite: Output<boolean>;

    constructor(name: string, args: ContextFolderArgs, opts?: AgbResourceOptions) {
        super(contextFolderDefinition, name, withContextId(args), opts);
    }
}
